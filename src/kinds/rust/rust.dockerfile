{%- import "pieces.dockerfile" as pieces -%}
{% if page.wants_statics() -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::statics(page) %}{% endcall %}

{% endif -%}
# Cross-compiled on the build platform, so no emulation is needed
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
{%- if rust.is_static %}
ARG TARGETARCH
# Rust ships musl and a linker, so no C cross-compiler is needed
RUN {% call pieces::cpu() %}{% endcall %} && \
    rustup target add $cpu-unknown-linux-musl
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld
{%- else %}
ARG BUILDARCH
ARG TARGETARCH
# C cross-compiler, to link and to compile C code in crates
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    case $TARGETARCH in \
        amd64) cpu=x86_64 cross=gcc-x86-64-linux-gnu ;; \
        arm64) cpu=aarch64 cross=gcc-aarch64-linux-gnu ;; \
        *) exit 1 ;; \
    esac && \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends $cross "libc6-dev-$TARGETARCH-cross" && \
    rustup target add $cpu-unknown-linux-gnu
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
{%- endif %}
WORKDIR /src
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
{%- call pieces::extra_build(page) %}{% endcall %}
# Dependencies stay compiled in the cache mount. Sources are touched because Cargo compares their time stamps with the
# cache: after a checkout of an older commit, they would look unchanged
RUN --mount=type=cache,id={{ page.cache("cargo-registry") }},target=/usr/local/cargo/registry \
    --mount=type=cache,id={{ page.cache("cargo-git") }},target=/usr/local/cargo/git \
    --mount=type=cache,id={{ page.cache("cargo-target-$TARGETARCH") }},target=/target,sharing=locked \
    {% call pieces::cpu() %}{% endcall %} && \
    target=$cpu-unknown-linux-{% if rust.is_static %}musl{% else %}gnu{% endif %} && \
    find . -type f -exec touch {} + && \
    CARGO_PROFILE_RELEASE_STRIP=symbols \
    cargo build --release --locked --target "$target" --target-dir /target{{ self.selection() }} && \
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
