{%- macro apt(packages) -%}
RUN --mount=type=cache,id=apt-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$TARGETARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends{% for package in packages %} {{ package }}{% endfor %}
{%- endmacro -%}

{%- macro shared() -%}
# Files that Dockerfiles of the fleet share
FROM scratch AS dockwright
COPY dockwright/ /
{%- endmacro -%}

{%- macro probe(page) -%}
# The health check of images without an interpreter: static, and 100 KB at most
FROM {{ page.probe_builder() }} AS probe
ARG TARGETARCH
{% call apt(["gcc"]) %}{% endcall %}
RUN --mount=type=bind,from=dockwright,source=probe,target=/probe \
    gcc -Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector \
        -fno-asynchronous-unwind-tables -Wl,--build-id=none -s -o /healthcheck /probe/*.c
{%- endmacro -%}

{%- macro directories(page) -%}
# Directories that the service writes to; the parents stay root's
FROM {{ page.directories_builder() }} AS directories
RUN install -d -o {{ page.uid() }} -g {{ page.gid() }}
{%- if let [only] = page.directories().as_slice() %} /rootfs{{ only }}
{%- else %}{% for directory in page.directories() %} \
        /rootfs{{ directory }}{% endfor %}
{%- endif %}
{%- endmacro -%}

{%- macro programs(page) -%}
RUN --mount=type=bind,from=runtime,target=/runtime \
    --mount=type=bind,from=dockwright,source=closure.sh,target=/closure.sh \
    sh /closure.sh /rootfs /runtime{% for path in page.program_paths() %} \
        {{ path }}{% endfor %}
{%- endmacro -%}

{%- macro closing(page) -%}
{%- let env = page.env() -%}
{%- if !env.is_empty() -%}
ENV{% for pair in env %} {{ pair.name }}={{ pair.value }}{% if !loop.last %} \
   {% endif %}{% endfor %}
{% endif -%}
{%- if !page.service.ports.is_empty() -%}
EXPOSE{% for port in page.service.ports %} {{ port }}{% endfor %}
{% endif -%}
USER {{ page.user() }}
{% if let Some(reason) = page.unhealthy_reason() -%}
# No HEALTHCHECK: {{ reason }}
{%- else -%}
HEALTHCHECK {{ page.timing() }} \
    CMD {{ page.health_command() }}
{%- endif %}
ENTRYPOINT {{ page.entrypoint() }}

ARG REVISION=unknown
ARG VERSION=unknown
LABEL{% for label in page.labels() %} {{ label.name }}={{ label.value }} \
     {% endfor %} org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
{%- endmacro -%}
