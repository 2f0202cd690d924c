{%- import "pieces.dockerfile" as pieces -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::probe(page) %}{% endcall %}

FROM {{ page.run() }}
COPY --link --from=probe /healthcheck {{ PROBE }}
WORKDIR /
{% call pieces::closing(page) %}{% endcall %}
