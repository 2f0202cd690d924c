{%- import "pieces.dockerfile" as pieces -%}
{% if self.wants_runtime() -%}
FROM {{ page.run() }} AS runtime

{% call pieces::shared() %}{% endcall %}

{% endif -%}
{% if page.has_programs() -%}
# {{ page.program_names() }}, with the shared libraries that the runtime image lacks
FROM {{ page.build() }} AS programs
{% if !page.program_packages().is_empty() -%}
ARG TARGETARCH
{% call pieces::apt(page.program_packages()) %}{% endcall %}
{% endif -%}
{% call pieces::programs(page) %}{% endcall %}

{% endif -%}
# The distribution's own Python is at the path it has in the runtime image,
# so a virtual environment made here is valid there
FROM {{ page.build() }} AS python
ARG TARGETARCH
{% call pieces::apt(["python3-venv"]) %}{% endcall %}
RUN python3 -m venv /opt/pip && \
    python3 -m venv --without-pip /opt/venv

{% if python.has_dependencies() -%}
FROM python AS dependencies
{% if !python.build_packages.is_empty() -%}
ARG TARGETARCH
{% call pieces::apt(python.build_packages) %}{% endcall %}
{% endif -%}
# The fixed date binds byte code to the source's content, not to its time, so that builds are reproducible
RUN --mount=type=cache,id=pip-$TARGETARCH,target=/root/.cache/pip \
{%- for file in python.requirements %}
    --mount=type=bind,source={{ page.path(file) }},target=/src/{{ file }} \
{%- endfor %}
    SOURCE_DATE_EPOCH=315532800 \
    /opt/pip/bin/pip --python /opt/venv/bin/python3 --disable-pip-version-check install
{%- for file in python.requirements %} \
        --requirement /src/{{ file }}{% endfor %}
{%- for package in self.packages() %} \
        {{ package }}{% endfor %}
{%- if python.wants_libraries() %}
# What was compiled brings the shared libraries that the runtime image lacks
RUN --mount=type=bind,from=runtime,target=/runtime \
    --mount=type=bind,from=dockwright,source=closure.sh,target=/closure.sh \
    sh /closure.sh /rootfs /runtime =/opt/venv
{%- endif %}

{% endif -%}
{% if !page.directories().is_empty() -%}
{% call pieces::directories(page) %}{% endcall %}

{% endif -%}
FROM {% if self.wants_runtime() %}runtime{% else %}{{ page.run() }}{% endif %}
{%- if page.has_programs() %}
COPY --link --from=programs /rootfs/ /
{%- endif %}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- if python.wants_libraries() %}
COPY --link --from=dependencies /rootfs/ /
{%- endif %}
COPY --link --from={% if python.has_dependencies() %}dependencies{% else %}python{% endif %} /opt/venv /opt/venv
{%- for source in page.configuration() %}
COPY --chown={{ page.user() }} {{ source.from }} {{ source.destination() }}
{%- endfor %}
{%- for source in page.code() %}
COPY --link --chown={{ page.user() }} {{ source.from }} {{ source.destination() }}
{%- endfor %}
WORKDIR /app
{% call pieces::closing(page) %}{% endcall %}
