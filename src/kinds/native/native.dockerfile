{%- import "pieces.dockerfile" as pieces -%}
FROM {{ page.run() }} AS runtime

{% call pieces::shared() %}{% endcall %}

{% call pieces::programs(page) %}{% endcall %}
{%- if page.wants_statics() %}

{% call pieces::statics(page) %}{% endcall %}
{%- endif %}
{%- if !page.directories().is_empty() %}

{% call pieces::directories(page) %}{% endcall %}
{%- endif %}

FROM runtime
{%- call pieces::take_statics(page) %}{% endcall %}
COPY --link --from=programs /rootfs/ /
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- call pieces::configuration(page) %}{% endcall %}
{%- call pieces::code(page) %}{% endcall %}
WORKDIR {{ self.workdir() }}
{% call pieces::closing(page) %}{% endcall %}
