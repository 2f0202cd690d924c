{%- import "pieces.dockerfile" as pieces -%}
{%- import "javascript/javascript.dockerfile" as javascript -%}
{% if page.wants_statics() -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::statics(page) %}{% endcall %}

{% endif -%}
{% if let Some((js, _)) = self.built() -%}
{% call javascript::manager(js) %}{% endcall -%}
{% call javascript::build(js, site.script()) %}{% endcall %}

{% endif -%}
# Caddy without the file capability of its image: a container without that capability could not start it
FROM {{ page.caddy() }} AS caddy
FROM --platform=$BUILDPLATFORM {{ page.helper() }} AS server
RUN --mount=type=bind,from=caddy,source=/usr/bin/caddy,target=/caddy \
    install -D /caddy /rootfs/usr/local/bin/caddy
{%- if !page.directories().is_empty() %}

{% call pieces::directories(page) %}{% endcall %}
{%- endif %}

FROM {{ page.run() }}
{%- call pieces::take_statics(page) %}{% endcall %}
COPY --link --from=server /rootfs/ /
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
COPY --link <<'END' /etc/caddy/Caddyfile
{%- for line in self.caddyfile() %}
{{ line }}
{%- endfor %}
END
{% call pieces::configuration(page) %}{% endcall %}
{%- if let Some((_, output)) = self.built() %}
COPY --link --chmod=755 --from=build {{ output }}/ /app/
{%- else %}
{%- call pieces::code(page) %}{% endcall %}
{%- endif %}
WORKDIR /app
{% call pieces::closing(page) %}{% endcall %}
