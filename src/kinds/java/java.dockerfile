{%- import "pieces.dockerfile" as pieces -%}
{%- import "java/builds.dockerfile" as builds -%}
{% if page.wants_statics() -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::statics(page) %}{% endcall %}

{% endif -%}
{% if let Some(main) = self.compiled() -%}
# Byte code is platform-independent, so it is compiled on the build platform, without emulation
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
ARG BUILDARCH
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends {{ self.jdk_package() }}
{%- for source in page.code() %}
COPY {{ source.from }} /src/{{ source.from }}
{%- endfor %}
{%- call pieces::extra_build(page) %}{% endcall %}
# The fixed date makes the archive reproducible
RUN find /src -name '*.java' > /tmp/sources && \
    javac -d /classes @/tmp/sources && \
    mkdir /app && \
    jar --create --file /app/app.jar --date 1980-01-01T00:00:02Z --main-class {{ main }} -C /classes .

{% endif -%}
{% if let Some(built) = self.built() -%}
{% if built.is_maven() -%}
{% call builds::maven(page, built) %}{% endcall %}
{% else -%}
{% call builds::gradle(page, built) %}{% endcall %}
{% endif -%}
{% if java.layers -%}
{% call builds::layers() %}{% endcall %}
{% endif %}
{% endif -%}
{% if let Some(jar) = self.there() -%}
{% if java.layers -%}
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
COPY {{ jar }} /app/app.jar
{% call builds::layers() %}{% endcall %}

{% endif -%}
{% endif -%}
{% if !page.directories().is_empty() -%}
{% call pieces::directories(page) %}{% endcall %}

{% endif -%}
FROM {{ page.run() }}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- call pieces::take_statics(page) %}{% endcall %}
{%- if let Some(agent) = java.agent %}
{%- if java.build.is_some() %}
COPY --link --from=build /src/{{ agent.value }} /app/agent.jar
{%- else %}
COPY --link --chmod=755 {{ page.path(agent.value) }} /app/agent.jar
{%- endif %}
{%- endif %}
{%- if java.layers %}
COPY --link --from=build /layers/dependencies/ /app/
COPY --link --from=build /layers/spring-boot-loader/ /app/
COPY --link --from=build /layers/snapshot-dependencies/ /app/
COPY --link --from=build /layers/application/ /app/
{%- else if let Some(jar) = self.there() %}
COPY --link --chmod=755 {{ jar }} /app/app.jar
{%- else if self.has_program() %}
{%- if java.has_libraries() %}
COPY --link --from=build /app/lib/ /app/lib/
{%- endif %}
COPY --link --from=build /app/app.jar /app/app.jar
{%- endif %}
{%- call pieces::configuration(page) %}{% endcall %}
{%- if self.there().is_some() %}
{%- call pieces::code(page) %}{% endcall %}
{%- endif %}
WORKDIR {% if self.has_program() %}/app{% else %}/{% endif %}
{% call pieces::closing(page) %}{% endcall %}
