{%- import "pieces.dockerfile" as pieces -%}
{%- import "node/server.dockerfile" as servers -%}
{% if page.wants_probe() -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::probe(page) %}{% endcall %}

{% endif -%}
{% if let Some(server) = self.server() -%}
{% call servers::server(page, server) %}{% endcall %}
{%- else if let Some(directory) = node.directory -%}
# What the front end is built into runs on every platform, so it is built on the builder's own
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
WORKDIR /src
RUN --mount=type=cache,id=npm,target=/root/.npm \
    --mount=type=bind,source={{ page.path(directory.value) }}/package.json,target=package.json \
    --mount=type=bind,source={{ page.path(directory.value) }}/package-lock.json,target=package-lock.json \
    npm ci --no-audit --no-fund
COPY {{ page.path(directory.value) }}/ ./
RUN npm run {{ node.script() }}
{%- endif %}
{%- if !page.directories().is_empty() %}

{% call pieces::directories(page) %}{% endcall %}
{%- endif %}

FROM {{ page.run() }}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- if page.wants_probe() %}
COPY --link --from=probe /healthcheck {{ PROBE }}
{%- endif %}
{%- if let Some(server) = self.server() %}
{% call servers::files(page, server) %}{% endcall %}
{%- else if let Some(output) = node.output %}
COPY --link --chmod=755 --from=build /src/{{ node.server.value }} /app/{{ node.server.value }}
COPY --link --chmod=755 --from=build /src/{{ output }} /app/{{ output }}
{%- call pieces::configuration(page) %}{% endcall %}
{%- call pieces::code(page) %}{% endcall %}
{%- endif %}
WORKDIR /app
{% call pieces::closing(page) %}{% endcall %}
