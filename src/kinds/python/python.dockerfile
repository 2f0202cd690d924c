{%- import "pieces.dockerfile" as pieces -%}
{%- macro sync() -%}
SOURCE_DATE_EPOCH=315532800 UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/opt/venv \
    uv sync --python-platform $cpu-{{ self.platform() }} --no-python-downloads --compile-bytecode \
        --no-build{% for package in python.from_source %} --no-binary-package {{ package }}{% endfor %} --no-dev{{ python.selection() }}
{%- endmacro -%}
{% if self.wants_runtime() -%}
FROM {{ page.run() }} AS runtime

{% call pieces::shared() %}{% endcall %}

{% endif -%}
{% if page.has_programs() -%}
{% call pieces::programs(page) %}{% endcall %}

{% endif -%}
{% if page.wants_statics() -%}
{% if !self.wants_runtime() -%}
{% call pieces::shared() %}{% endcall %}

{% endif -%}
{% call pieces::statics(page) %}{% endcall %}

{% endif -%}
FROM --platform=$BUILDPLATFORM {{ page.uv() }} AS uv

{% if self.has_interpreter() -%}
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS python
{% else -%}
# The virtual environment must be created with the interpreter at its path in the runtime image
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS python
ARG BUILDARCH
{% call pieces::apt(["python3"]) %}{% endcall %}
{% endif -%}
RUN --mount=type=bind,from=uv,source=/uv,target=/usr/local/bin/uv \
    uv venv --python {{ self.interpreter() }} /opt/venv

{% if let Some(brought) = self.brought() -%}
# Python {{ brought.minor }} for the target platform, plus shared libraries missing from the runtime image. Only read, so no emulation is needed
{% if !self.has_upstream() -%}
FROM {{ page.build() }} AS upstream
{% endif -%}
FROM --platform=$BUILDPLATFORM {{ page.helper() }} AS standard-library
RUN --mount=type=bind,from=runtime,target=/runtime \
    --mount=type=bind,from=upstream,target=/upstream \
    --mount=type=bind,from=dockwright,source=closure.pl,target=/closure.pl \
    perl /closure.pl /rootfs /runtime /upstream{% for path in brought.paths() %} \
        {{ path }}{% endfor %}
# Byte code is compiled here because containers run with a read-only root file system
FROM python AS interpreter
COPY --link --from=standard-library /rootfs /rootfs
RUN {{ brought.path }} -m compileall -q --invalidation-mode unchecked-hash -s /rootfs -p / /rootfs{{ brought.library }}

{% endif -%}
{% if !python.compile.is_empty() -%}
# These packages have no wheel for some platform of the fleet. They are compiled on the target platform, which is
# under emulation if the builder has another architecture
FROM {{ page.build() }} AS compiled
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$TARGETARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends{% for package in self.compile_packages() %} {{ package }}{% endfor %}
RUN --mount=type=bind,from={{ page.uv() }},source=/uv,target=/usr/local/bin/uv \
    --mount=type=cache,id={{ page.cache("uv-$TARGETARCH") }},target=/root/.cache/uv \
    uv venv --seed --python {{ self.interpreter() }} /opt/compile && \
    SOURCE_DATE_EPOCH=315532800 \
    /opt/compile/bin/pip wheel --no-deps --no-binary :all: --wheel-dir /wheels{% for package in self.compiled() %} {{ package }}{% endfor %}

{% endif -%}
{% if python.has_dependencies() -%}
FROM python AS dependencies
ARG TARGETARCH
{%- call pieces::extra_build(page) %}{% endcall %}
{%- if self.syncs() %}
WORKDIR /src
# Wheels for the target platform, pinned by the lock file; SOURCE_DATE_EPOCH makes the byte code reproducible
RUN --mount=type=bind,from=uv,source=/uv,target=/usr/local/bin/uv \
    --mount=type=cache,id={{ page.cache("uv") }},target=/root/.cache/uv \
{%- for file in python.lock_files() %}
    --mount=type=bind,source={{ page.path(file) }},target={{ file.file_name() }} \
{%- endfor %}
    {% call pieces::cpu() %}{% endcall %} && \
    {% call sync() %}{% endcall %}{% if python.package.is_some() %} --frozen{% else %} --locked{% endif %} --no-install-local && \
    rm -f /opt/venv/.lock
{%- else %}
# Wheels for the target platform; SOURCE_DATE_EPOCH makes the byte code reproducible
{%- if !python.overrides.is_empty() %}
# Overrides of pinned requirements: {% for package in python.overrides %}{{ package }}{% if !loop.last %}, {% endif %}{% endfor %}
{%- endif %}
RUN --mount=type=bind,from=uv,source=/uv,target=/usr/local/bin/uv \
    --mount=type=cache,id={{ page.cache("uv") }},target=/root/.cache/uv \
{%- if !python.compile.is_empty() %}
    --mount=type=bind,from=compiled,source=/wheels,target=/wheels \
{%- endif %}
{%- for file in python.lock_files() %}
    --mount=type=bind,source={{ page.path(file) }},target=/src/{{ file.file_name() }} \
{%- endfor %}
{%- for file in python.requirements %}
    --mount=type=bind,source={{ page.path(file) }},target=/src/{{ file }} \
{%- endfor %}
    {% call pieces::cpu() %}{% endcall %} && \
{%- if self.exports() %}
    uv tool run {{ POETRY }} \
        export --directory /src{{ python.selection() }} --output /tmp/requirements.txt && \
{%- endif %}
{%- if !python.overrides.is_empty() %}
    printf '%s\n'{% for package in self.overrides() %} {{ package }}{% endfor %} > /tmp/overrides.txt && \
{%- endif %}
    SOURCE_DATE_EPOCH=315532800 UV_LINK_MODE=copy \
    uv pip install --python /opt/venv/bin/python3 --python-platform $cpu-{{ self.platform() }} \
        --compile-bytecode --only-binary :all:
{%- for package in python.from_source %} --no-binary {{ package }}{% endfor %}
{%- if python.require_hashes %} --require-hashes{% endif %}
{%- if !python.compile.is_empty() %} \
        --find-links /wheels{% endif %}
{%- if !python.overrides.is_empty() %} \
        --overrides /tmp/overrides.txt{% endif %}
{%- if self.exports() %} \
        --requirement /tmp/requirements.txt{% endif %}
{%- for file in python.requirements %} \
        --requirement /src/{{ file }}{% endfor %}
{%- for package in self.packages() %} \
        {{ package }}{% endfor %}
{%- for package in self.compiled() %} \
        {{ package }}{% endfor %} && \
    rm /opt/venv/.lock
{%- endif %}
{%- if python.project %}

# The project itself, without uv's record of source time stamps, which differ between checkouts
FROM dependencies AS project
WORKDIR /src
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
RUN --mount=type=bind,from=uv,source=/uv,target=/usr/local/bin/uv \
    --mount=type=cache,id={{ page.cache("uv") }},target=/root/.cache/uv \
    {% call pieces::cpu() %}{% endcall %} && \
{%- if self.syncs() %}
    {% call sync() %}{% endcall %} --locked --no-editable && \
{%- else %}
    SOURCE_DATE_EPOCH=315532800 UV_LINK_MODE=copy \
    uv pip install --python /opt/venv/bin/python3 --python-platform $cpu-{{ self.platform() }} \
        --compile-bytecode --no-deps . && \
{%- endif %}
    rm -f /opt/venv/.lock && \
    find /opt/venv -name uv_cache.json -delete && \
    sed -i '/uv_cache\.json,/d' /opt/venv/lib/python*/site-packages/*.dist-info/RECORD
{%- endif %}
{%- if python.wants_libraries() %}

# Shared libraries that the compiled packages need and the runtime image lacks
FROM --platform=$BUILDPLATFORM {{ page.helper() }} AS libraries
RUN --mount=type=bind,from=runtime,target=/runtime \
    --mount=type=bind,from=compiled,target=/compiled \
    --mount=type=bind,from=dependencies,source=/opt/venv,target=/opt/venv \
    --mount=type=bind,from=dockwright,source=closure.pl,target=/closure.pl \
    perl /closure.pl /rootfs /runtime /compiled =/opt/venv
{%- endif %}

{% endif -%}
{% if !page.directories().is_empty() -%}
{% call pieces::directories(page) %}{% endcall %}

{% endif -%}
FROM {% if self.wants_runtime() %}runtime{% else %}{{ page.run() }}{% endif %}
{%- if self.brought().is_some() %}
COPY --link --from=interpreter /rootfs/ /
{%- endif %}
{%- if page.has_programs() %}
COPY --link --from=programs /rootfs/ /
{%- endif %}
{%- call pieces::take_statics(page) %}{% endcall %}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- if python.wants_libraries() %}
COPY --link --from=libraries /rootfs/ /
{%- endif %}
COPY --link --from={{ self.environment() }} /opt/venv /opt/venv
{%- call pieces::configuration(page) %}{% endcall %}
{%- if python.project %}
{%- call pieces::assets(page, python.assets) %}{% endcall %}
{%- else %}
{%- call pieces::code(page) %}{% endcall %}
{%- endif %}
WORKDIR {% if self.has_app() %}/app{% else %}/{% endif %}
{% call pieces::closing(page) %}{% endcall %}
