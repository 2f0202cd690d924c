{%- import "pieces.dockerfile" as pieces -%}
{%- macro server(page, server) -%}
# The packages that the program needs, with the parts for the target's processor; none of their install scripts runs,
# because what one compiles or fetches would be for the builder's
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS packages
ARG TARGETARCH
WORKDIR /app
RUN {% call mounts(server) %}{% endcall %}
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
{%- if server.is_pnpm() %}
    corepack pnpm install --frozen-lockfile --prod --ignore-scripts --store-dir=/root/.pnpm-store \
{%- else %}
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
{%- endif %}
        --cpu=$cpu --os=linux --libc=glibc && \
    mkdir -p node_modules
{%- if let Some(script) = server.script() %}

# What the script makes runs on every platform, so it is built on the builder's own
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
WORKDIR /src
RUN {% call mounts(server) %}{% endcall %}
{%- if server.is_pnpm() %}
    corepack pnpm install --frozen-lockfile --store-dir=/root/.pnpm-store
{%- else %}
    npm ci --no-audit --no-fund
{%- endif %}
{%- if let Some(manifest) = server.manifest() %}
COPY {{ manifest }} ./
{%- endif %}
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
RUN {% if server.is_pnpm() %}corepack pnpm{% else %}npm{% endif %} run {{ script }}
{%- endif %}
{%- endmacro -%}

{#- The cache of the service, and the files that name its packages. -#}
{%- macro mounts(server) -%}
{%- if server.is_pnpm() -%}
--mount=type=cache,id={{ server.cache() }},target=/root/.pnpm-store,sharing=locked \
{%- else -%}
--mount=type=cache,id={{ server.cache() }},target=/root/.npm,sharing=locked \
{%- endif -%}
{%- for (from, name) in server.manifests() %}
    --mount=type=bind,source={{ from }},target={{ name }} \
{%- endfor %}
{%- endmacro -%}

{%- macro files(page, server) -%}
COPY --link --from=packages /app/node_modules/ /app/node_modules/
{%- call pieces::configuration(page) %}{% endcall %}
{%- if let Some(manifest) = server.manifest() %}
COPY --link --chmod=755 {{ manifest }} /app/package.json
{%- endif %}
{%- call pieces::code(page) %}{% endcall %}
{%- if let Some(output) = server.node.output %}
COPY --link --chmod=755 --from=build /src/{{ output }} /app/{{ output }}
{%- endif %}
{%- endmacro -%}
