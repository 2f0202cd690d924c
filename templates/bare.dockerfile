{%- import "pieces.dockerfile" as pieces -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::probe(page) %}{% endcall %}

FROM {{ page.run() }}
COPY --link --from=probe /healthcheck {{ page.probe() }}
WORKDIR /
{% call pieces::closing(page) %}{% endcall %}
