{%- macro apt(packages) -%}
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends{% for package in packages %} {{ package }}{% endfor %}
{%- endmacro -%}

{%- macro shared() -%}
# Shared build helpers
FROM scratch AS dockwright
COPY dockwright/ /
{%- endmacro -%}

{#- What a container needs of dockwright itself: programs without a library, each compiled in a stage that is the same
    in every Dockerfile. -#}
{%- macro statics(page) -%}
{%- for program in page.statics() -%}
# {{ program.comment }}
FROM --platform=$BUILDPLATFORM {{ page.helper() }} AS {{ program.stage }}
ARG BUILDARCH
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    --mount=type=bind,from=dockwright,source={{ program.stage }},target=/{{ program.stage }} \
    case $TARGETARCH in \
        amd64) cpu=x86_64 gcc=gcc-x86-64-linux-gnu ;; \
        arm64) cpu=aarch64 gcc=gcc-aarch64-linux-gnu ;; \
        *) exit 1 ;; \
    esac && \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends binutils $gcc && \
    $cpu-linux-gnu-gcc -Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector \
        -fno-asynchronous-unwind-tables -Wl,--build-id=none -s -o {{ program.made }} /{{ program.stage }}/*.c
{%- if !loop.last %}

{% endif -%}
{%- endfor -%}
{%- endmacro -%}

{%- macro take_statics(page) -%}
{%- for program in page.statics() %}
COPY --link --from={{ program.stage }} {{ program.made }} {{ program.path }}
{%- endfor %}
{%- endmacro -%}

{%- macro directories(page) -%}
# Writable directories, owned by the service's user
FROM --platform=$BUILDPLATFORM {{ page.helper() }} AS directories
RUN install -d -o {{ page.uid() }} -g {{ page.gid() }}
{%- if let [only] = page.directories().as_slice() %} /rootfs{{ only }}
{%- else %}{% for directory in page.directories() %} \
        /rootfs{{ directory }}{% endfor %}
{%- endif %}
{%- endmacro -%}

{# The programs of a service, in the stage `programs`: of Debian packages, or of the build image, which is only read. -#}
{%- macro programs(page) -%}
{% if page.program_packages().is_empty() -%}
# {{ page.program_names() }}, plus shared libraries missing from the runtime image. Only read, so no emulation is needed
FROM {{ page.build() }} AS upstream
FROM --platform=$BUILDPLATFORM {{ page.helper() }} AS programs
RUN --mount=type=bind,from=runtime,target=/runtime \
    --mount=type=bind,from=upstream,target=/upstream \
    --mount=type=bind,from=dockwright,source=closure.pl,target=/closure.pl \
    perl /closure.pl /rootfs /runtime /upstream{% for path in page.program_paths() %} \
        {{ path }}{% endfor %}
{%- else -%}
# {{ page.program_names() }}, plus shared libraries missing from the runtime image. Unpacked, not installed, so no emulation is needed
FROM --platform=$BUILDPLATFORM {{ page.package_source() }} AS packages
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$TARGETARCH,target=/var/lib/apt,sharing=locked \
    --mount=type=bind,from=dockwright,source=packages.sh,target=/packages.sh \
    sh /packages.sh $TARGETARCH /packages{% for package in page.program_packages() %} {{ package }}{% endfor %}
FROM --platform=$BUILDPLATFORM {{ page.helper() }} AS programs
RUN --mount=type=bind,from=runtime,target=/runtime \
    --mount=type=bind,from=packages,source=/packages,target=/packages \
    --mount=type=bind,from=dockwright,source=closure.pl,target=/closure.pl \
    perl /closure.pl /rootfs /runtime /packages{% for path in page.program_paths() %} \
        {{ path }}{% endfor %}
{%- endif %}
{%- endmacro -%}

{%- macro configuration(page) -%}
{%- for source in page.configuration() %}
COPY --chmod=755 {{ source.from }} {{ source.destination() }}
{%- endfor %}
{%- endmacro -%}

{# The modes are set so that a checkout on Windows, or with a strict umask, gives the same image. -#}
{%- macro code(page) -%}
{%- if !page.code().is_empty() %}
# Code is owned by root: the service can read it but not change it
{%- endif %}
{%- for source in page.code() %}
COPY --link --chmod=755 {{ source.from }} {{ source.destination() }}
{%- endfor %}
{%- endmacro -%}

{#- The target's processor as compilers and wheels call it. -#}
{%- macro cpu() -%}
case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac
{%- endmacro -%}

{%- macro assets(page, assets) -%}
{%- for asset in assets %}
COPY --link --chmod=755 {{ page.path(asset.value) }} /app/{{ asset.value }}
{%- endfor %}
{%- endmacro -%}

{#- What services.toml adds, in the stage that builds the program. -#}
{%- macro extra_build(page) -%}
{%- if !page.service.extra.build.is_empty() %}
# From extra.build in services.toml
{%- for instruction in page.service.extra.build %}
{{ instruction }}
{%- endfor %}
{%- endif %}
{%- endmacro -%}

{%- macro closing(page) -%}
{%- if !page.service.extra.last.is_empty() -%}
# From extra.final in services.toml
{% for instruction in page.service.extra.last -%}
{{ instruction }}
{% endfor -%}
{% endif -%}
{%- let env = page.env() -%}
{%- if !env.is_empty() -%}
ENV{% for pair in env %} {{ pair.name }}={{ pair.value }}{% if !loop.last %} \
   {% endif %}{% endfor %}
{% endif -%}
{%- if !page.service.ports.is_empty() -%}
EXPOSE{% for port in page.service.ports %} {{ port }}{% endfor %}
{% endif -%}
USER {{ page.user() }}
{% if let Some(reason) = page.shell_reason() -%}
# The base has a shell: {{ reason }}
{% endif -%}
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
