{%- import "pieces.dockerfile" as pieces -%}
{% if page.wants_probe() -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::probe(page) %}{% endcall %}

{% endif -%}
{% if let Some(main) = java.main -%}
# Byte code runs on every platform, so it is compiled on the builder's own
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS classes
ARG BUILDARCH
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends {{ self.jdk_package() }}
{%- for source in page.code() %}
COPY {{ source.from }} /src/{{ source.from }}
{%- endfor %}
# The fixed date makes the archive reproducible
RUN find /src -name '*.java' > /tmp/sources && \
    javac -d /classes @/tmp/sources && \
    jar --create --file /app.jar --date 1980-01-01T00:00:02Z --main-class {{ main.value }} -C /classes .

{% endif -%}
{% if !page.directories().is_empty() -%}
{% call pieces::directories(page) %}{% endcall %}

{% endif -%}
FROM {{ page.run() }}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- if page.wants_probe() %}
COPY --link --from=probe /healthcheck {{ PROBE }}
{%- endif %}
{%- if java.main.is_some() %}
COPY --link --from=classes /app.jar /app/app.jar
{%- endif %}
{%- call pieces::configuration(page) %}{% endcall %}
WORKDIR {% if java.main.is_some() %}/app{% else %}/{% endif %}
{% call pieces::closing(page) %}{% endcall %}
