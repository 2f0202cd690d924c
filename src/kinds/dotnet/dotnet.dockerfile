{%- import "pieces.dockerfile" as pieces -%}
{%- if page.has_programs() -%}
FROM {{ page.run() }} AS runtime

{% endif -%}
{% if page.has_programs() || page.wants_statics() -%}
{% call pieces::shared() %}{% endcall %}

{% endif -%}
{% if page.has_programs() -%}
{% call pieces::programs(page) %}{% endcall %}

{% endif -%}
{% if page.wants_statics() -%}
{% call pieces::statics(page) %}{% endcall %}

{% endif -%}
# Project files only, so that packages are restored again only when these change
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS projects
WORKDIR /src
RUN --mount=type=bind,source={{ page.service.directory }},target=/src \
    mkdir /projects && \
    find . -type f \( -name '*.*proj' -o -name '*.props' -o -name '*.targets' -o -name packages.lock.json \
        -o -iname nuget.config -o -name global.json \) -exec cp --parents -t /projects {} +

# Cross-compiled on the build platform, so no emulation is needed
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
ARG TARGETARCH
WORKDIR /src
COPY --from=projects /projects ./
{%- call pieces::extra_build(page) %}{% endcall %}
RUN dotnet restore {{ dotnet.project.value }} -a $TARGETARCH -p:SelfContained=true
{%- if dotnet.locked %} --locked-mode{% endif %}
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
# The runtime gets its own layer, which only changes with the SDK
RUN dotnet publish {{ dotnet.project.value }} -a $TARGETARCH -c Release -o /app \
        -p:SelfContained=true -p:ContinuousIntegrationBuild=true
{%- if dotnet.locked %} -p:RestoreLockedMode=true{% endif %} && \
    mkdir /framework && \
    for file in /root/.nuget/packages/microsoft.*.runtime.linux-*/*/runtimes/*/lib/*/* \
            /root/.nuget/packages/microsoft.*.runtime.linux-*/*/runtimes/*/native/*; do \
        if [ -f "/app/${file##*/}" ]; then mv "/app/${file##*/}" /framework/ || exit; fi; \
    done
{%- if !page.directories().is_empty() %}

{% call pieces::directories(page) %}{% endcall %}
{%- endif %}

FROM {% if page.has_programs() %}runtime{% else %}{{ page.run() }}{% endif %}
{%- call pieces::take_statics(page) %}{% endcall %}
{%- if page.has_programs() %}
COPY --link --from=programs /rootfs/ /
{%- endif %}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
COPY --link --chmod=755 --from=build /framework/ /app/
COPY --link --chmod=755 --from=build /app/ /app/
{%- call pieces::configuration(page) %}{% endcall %}
WORKDIR /app
{% call pieces::closing(page) %}{% endcall %}
