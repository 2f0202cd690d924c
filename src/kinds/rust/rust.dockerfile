{%- import "pieces.dockerfile" as pieces -%}
{%- macro target(rust) -%}
{% call pieces::cpu() %}{% endcall %} && \
    target=$cpu-unknown-linux-{% if rust.is_static %}musl{% else %}gnu{% endif %}
{%- endmacro -%}
{% call pieces::shared() %}{% endcall %}

{% if page.wants_statics() -%}
{% call pieces::statics(page) %}{% endcall %}

{% endif -%}
# Manifests without sources: after a change of code, the layer of compiled dependencies is still valid
FROM --platform=$BUILDPLATFORM {{ page.helper() }} AS manifests
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
RUN --mount=type=bind,from=dockwright,source=manifests.pl,target=/manifests.pl \
    perl /manifests.pl /src /manifests

# Cross-compiled on the build platform, so no emulation is needed
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
{%- if rust.is_static %}
ARG TARGETARCH
# Rust ships musl and a linker, so no C cross-compiler is needed
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
    CARGO_TARGET_DIR=/target \
    CARGO_PROFILE_RELEASE_STRIP=symbols
{%- else %}
ARG BUILDARCH
ARG TARGETARCH
# C cross-compiler, to link and to compile C code in crates
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    case $TARGETARCH in amd64) cross=gcc-x86-64-linux-gnu ;; arm64) cross=gcc-aarch64-linux-gnu ;; *) exit 1 ;; esac && \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends $cross "libc6-dev-$TARGETARCH-cross"
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    CARGO_TARGET_DIR=/target \
    CARGO_PROFILE_RELEASE_STRIP=symbols
{%- endif %}
WORKDIR /src
{%- call pieces::extra_build(page) %}{% endcall %}
COPY --from=manifests /manifests/ /src/
# What does not compile with empty sources is left to the next step. rustup respects rust-toolchain.toml
RUN {% call target(rust) %}{% endcall %} && \
    rustup target add "$target" && \
    cargo fetch --locked --target "$target" && \
    { cargo build --release --locked --offline --keep-going --target "$target"{{ self.selection() }} || true; } && \
    touch -d "@$(($(date +%s) + 1))" /compiled
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
# Cargo compares time stamps: sources must be newer than the build with the empty ones
RUN {% call target(rust) %}{% endcall %} && \
    find . -type f -exec touch -r /compiled {} + && \
    cargo build --release --locked --offline --target "$target"{{ self.selection() }} && \
    install -D "/target/$target/release/{{ self.bin() }}" /out/{{ self.bin() }}
{%- if !page.directories().is_empty() %}

{% call pieces::directories(page) %}{% endcall %}
{%- endif %}

FROM {{ page.run() }}
{%- call pieces::take_statics(page) %}{% endcall %}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- call pieces::configuration(page) %}{% endcall %}
{%- call pieces::assets(page, rust.assets) %}{% endcall %}
COPY --link --from=build /out/{{ self.bin() }} {{ self.program() }}
WORKDIR /app
{% call pieces::closing(page) %}{% endcall %}
