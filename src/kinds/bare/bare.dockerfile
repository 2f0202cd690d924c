{%- import "pieces.dockerfile" as pieces -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::statics(page) %}{% endcall %}

FROM {{ page.run() }}
{%- call pieces::take_statics(page) %}{% endcall %}
WORKDIR /
{% call pieces::closing(page) %}{% endcall %}
