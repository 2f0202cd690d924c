{%- import "pieces.dockerfile" as pieces -%}
{%- import "javascript/javascript.dockerfile" as javascript -%}
{%- macro server(page, server) -%}
{% call javascript::manager(server.js) %}{% endcall -%}
{% call javascript::packages(server.js) %}{% endcall %}
{%- if let Some(script) = server.script() %}

{% call javascript::build(server.js, script) %}{% endcall %}
{%- if server.node.next %}
{% call standalone(server) %}{% endcall %}
{%- endif %}
{%- endif %}
{%- endmacro -%}

{#- The server that Next.js makes, with what it serves beside it, and the native parts of the target. -#}
{%- macro standalone(server) -%}
WORKDIR /src/{{ server.js.member() }}.next
RUN cp -r static standalone/{{ server.js.member() }}.next/ && \
    if [ -d ../public ]; then cp -r ../public standalone/{{ server.js.member() }}; fi
# Replace the native packages that Next.js copied from the build platform with those for the target platform
ARG BUILDARCH
ARG TARGETARCH
WORKDIR /src/{{ server.js.member() }}.next/standalone
RUN --mount=type=bind,from=packages,source=/app,target=/packages \
    case $BUILDARCH in amd64) from=x64 ;; *) from=$BUILDARCH ;; esac && \
    case $TARGETARCH in amd64) to=x64 ;; *) to=$TARGETARCH ;; esac && \
    find . -type d -path '*/node_modules/*linux*musl*' -prune -exec rm -rf {} + && \
    find . -type d -path '*/node_modules/*' -name "*linux*-$from*" -prune > /tmp/parts && \
    while read -r part; do \
        other=${part%-"$from"*}-$to${part##*-"$from"} && \
        rm -rf "$part" && \
        cp -r "/packages/$other" "$other" || exit 1; \
    done < /tmp/parts
{%- endmacro -%}

{%- macro files(page, server) -%}
{%- if server.node.next -%}
COPY --link --chmod=755 --from=build /src/{{ server.js.member() }}.next/standalone/ /app/
{%- call pieces::configuration(page) %}{% endcall %}
{%- else if server.js.is_member() -%}
COPY --link --from=packages /app/ /app/
{%- call pieces::configuration(page) %}{% endcall %}
{%- if server.is_built_member() %}
# Code is owned by root: the service can read it but not change it
COPY --link --chmod=755 --from=build /src/ /app/
{%- else %}
{%- call pieces::code(page) %}{% endcall %}
{%- endif %}
{%- else -%}
COPY --link --from=packages /app/node_modules/ /app/node_modules/
{%- call pieces::configuration(page) %}{% endcall %}
{%- if let Some(manifest) = server.js.manifest() %}
COPY --link --chmod=755 {{ manifest }} /app/package.json
{%- endif %}
{%- call pieces::code(page) %}{% endcall %}
{%- if let Some(output) = server.node.output %}
COPY --link --chmod=755 --from=build /src/{{ output }} /app/{{ output }}
{%- endif %}
{%- endif %}
{%- endmacro -%}
