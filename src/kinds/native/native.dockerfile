{%- import "pieces.dockerfile" as pieces -%}
FROM {{ page.run() }} AS runtime

{% call pieces::shared() %}{% endcall %}

# {{ page.program_names() }}, with the shared libraries that the runtime image lacks
FROM {{ page.build() }} AS programs
{% if page.build_user().is_some() -%}
# The image ends as a user who may not stage files
USER 0:0
{% endif -%}
{% if !page.program_packages().is_empty() -%}
ARG TARGETARCH
{% call pieces::apt(page.program_packages()) %}{% endcall %}
{% endif -%}
{% call pieces::programs(page) %}{% endcall %}
{%- if let Some(user) = page.build_user() %}
USER {{ user }}
{%- endif %}
{%- if page.wants_probe() %}

{% call pieces::probe(page) %}{% endcall %}
{%- endif %}
{%- if !page.directories().is_empty() %}

{% call pieces::directories(page) %}{% endcall %}
{%- endif %}

FROM runtime
{%- if page.wants_probe() %}
COPY --link --from=probe /healthcheck {{ PROBE }}
{%- endif %}
COPY --link --from=programs /rootfs/ /
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- for source in page.service.sources %}
COPY --chown={{ page.user() }} {{ source.from }} {{ source.destination() }}
{%- endfor %}
WORKDIR {{ self.workdir() }}
{% call pieces::closing(page) %}{% endcall %}
