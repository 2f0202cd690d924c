{%- import "pieces.dockerfile" as pieces -%}
{% if page.wants_statics() -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::statics(page) %}{% endcall %}

{% endif -%}
# Cross-compiled on the build platform, so no emulation is needed
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
{%- if go.cgo %}
ARG BUILDARCH
ARG TARGETARCH
# C cross-compiler for cgo
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    case $TARGETARCH in amd64) cross=gcc-x86-64-linux-gnu ;; arm64) cross=gcc-aarch64-linux-gnu ;; *) exit 1 ;; esac && \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends $cross "libc6-dev-$TARGETARCH-cross"
{%- endif %}
WORKDIR /src
{%- if !go.vendor %}
# Modules are downloaded again only when these files change; {% if go.modules.is_empty() %}the pattern makes go.sum optional{% else %}the patterns make go.sum and go.work optional{% endif %}
{%- if !go.modules.is_empty() %}
COPY {{ page.beside("go.wor[k]") }} {{ page.beside("go.work.su[m]") }} ./
{%- endif %}
{%- for (from, to) in self.manifests() %}
COPY {{ from }}go.mod {{ from }}go.su[m] {{ to }}
{%- endfor %}
{%- if let Some(module) = go.module %}
WORKDIR /src/{{ module.value }}
{%- endif %}
RUN --mount=type=cache,id=go-mod,target=/go/pkg/mod \
    GOMODCACHE=/go/pkg/mod go mod download
{%- endif %}
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
{%- if let (Some(module), true) = (&go.module, go.vendor) %}
WORKDIR /src/{{ module.value }}
{%- endif %}
{%- if go.cgo %}
ARG TARGETOS
{%- else %}
ARG TARGETOS
ARG TARGETARCH
{%- endif %}
{%- call pieces::extra_build(page) %}{% endcall %}
RUN {% if !go.vendor %}--mount=type=cache,id=go-mod,target=/go/pkg/mod \
    {% endif %}--mount=type=cache,id={{ page.cache("go-build") }},target=/root/.cache/go-build \
{%- if go.cgo %}
    {% call pieces::cpu() %}{% endcall %} && \
    CGO_ENABLED=1 CC=$cpu-linux-gnu-gcc GOOS=$TARGETOS GOARCH=$TARGETARCH \
{%- else %}
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
{%- endif %}
    GOMODCACHE=/go/pkg/mod \
    go build -mod={% if go.vendor %}vendor{% else %}readonly{% endif %} -trimpath -buildvcs=false -ldflags='-s -w'
{%- if !go.tags.is_empty() %} -tags={{ self.tags() }}{% endif %} \
        -o /out/{{ page.service.name.value }} {{ go.package() }}
{%- if !page.directories().is_empty() %}

{% call pieces::directories(page) %}{% endcall %}
{%- endif %}

FROM {{ page.run() }}
{%- call pieces::take_statics(page) %}{% endcall %}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- call pieces::configuration(page) %}{% endcall %}
{%- for (from, to) in self.assets() %}
COPY --link --chmod=755 {{ from }} /app/{{ to }}
{%- endfor %}
COPY --link --from=build /out/{{ page.service.name.value }} {{ self.program() }}
WORKDIR /app
{% call pieces::closing(page) %}{% endcall %}
