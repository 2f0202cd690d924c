{%- import "pieces.dockerfile" as pieces -%}
{% if page.wants_probe() -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::probe(page) %}{% endcall %}

{% endif -%}
# What the front end is built into runs on every platform, so it is built on the builder's own
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
WORKDIR /src
RUN --mount=type=cache,id=npm,target=/root/.npm \
    --mount=type=bind,source={{ page.path(node.directory) }}/package.json,target=package.json \
    --mount=type=bind,source={{ page.path(node.directory) }}/package-lock.json,target=package-lock.json \
    npm ci --no-audit --no-fund
COPY {{ page.path(node.directory) }}/ ./
RUN npm run {{ node.script }}
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
COPY --link --chmod=755 --from=build /src/{{ node.server }} /app/{{ node.server }}
COPY --link --chmod=755 --from=build /src/{{ node.output }} /app/{{ node.output }}
{%- call pieces::configuration(page) %}{% endcall %}
{%- call pieces::code(page) %}{% endcall %}
WORKDIR /app
{% call pieces::closing(page) %}{% endcall %}
