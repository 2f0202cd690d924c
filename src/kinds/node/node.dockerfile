{%- import "pieces.dockerfile" as pieces -%}
{%- import "node/server.dockerfile" as servers -%}
{% if page.wants_statics() -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::statics(page) %}{% endcall %}

{% endif -%}
{% if let Some(server) = self.server() -%}
{% call servers::server(page, server) %}{% endcall %}
{%- else if let Some(directory) = node.directory -%}
# The front end is platform-independent, so it is built on the build platform, without emulation
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
WORKDIR /src
RUN --mount=type=cache,id={{ page.cache("npm") }},target=/root/.npm \
    --mount=type=bind,source={{ page.path(directory.value) }}/package.json,target=package.json \
    --mount=type=bind,source={{ page.path(directory.value) }}/package-lock.json,target=package-lock.json \
    npm ci --no-audit --no-fund
COPY {{ page.path(directory.value) }}/ ./
{%- call pieces::extra_build(page) %}{% endcall %}
RUN npm run {{ node.script() }}
{%- endif %}
{%- if !page.directories().is_empty() %}

{% call pieces::directories(page) %}{% endcall %}
{%- endif %}

FROM {{ page.run() }}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- call pieces::take_statics(page) %}{% endcall %}
{%- if let Some(server) = self.server() %}
{% call servers::files(page, server) %}{% endcall %}
{%- else if let (Some(output), Some(program)) = (node.output.as_ref(), node.server.as_ref()) %}
COPY --link --chmod=755 --from=build /src/{{ program.value }} /app/{{ program.value }}
COPY --link --chmod=755 --from=build /src/{{ output }} /app/{{ output }}
{%- call pieces::configuration(page) %}{% endcall %}
{%- call pieces::code(page) %}{% endcall %}
{%- endif %}
WORKDIR {{ node.workdir() }}
{% call pieces::closing(page) %}{% endcall %}
