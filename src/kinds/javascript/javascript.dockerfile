{%- import "pieces.dockerfile" as pieces -%}
{#- Stages that install packages. -#}
{%- macro manager(js) -%}
{%- if !js.is_npm() -%}
# {{ js.name() }}, at the version in `packageManager` of package.json
FROM --platform=$BUILDPLATFORM {{ js.page.build() }} AS manager
WORKDIR /manager
COPY {{ js.page.beside("package.json") }} ./
RUN npm install --global --force --no-audit --no-fund \
        "{{ js.package().0 }}@$(node -p '{{ js.package().1 }}')"
{%- if !js.env().is_empty() %}
ENV{% for variable in js.env() %} {{ variable }}{% if !loop.last %} \
   {% endif %}{% endfor %}
{%- endif %}

{% endif -%}
{%- if js.is_member() -%}
# Package manifests only, so that packages are installed again only when these change
FROM --platform=$BUILDPLATFORM {{ js.page.build() }} AS manifests
WORKDIR /src
{%- if !js.takes_all() %}
{% call beside(js) %}{% endcall %}
{%- endif %}
{%- for (from, to) in js.page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
RUN mkdir /manifests && \
    find . -type f \({% for wanted in js.wanted() %} {{ wanted }}{% if !loop.last %} -o{% endif %}{% endfor %} \) \
        -exec cp --parents -t /manifests {} +

{% endif -%}
{%- endmacro -%}

{#- What a stage needs before it can install packages. -#}
{%- macro manifests(js) -%}
{%- if js.is_member() -%}
COPY --from=manifests /manifests/ ./
{%- else -%}
{% call beside(js) %}{% endcall %}
{%- endif %}
{%- endmacro -%}

{#- The files that name packages in the service's directory: a pattern lets one be absent. -#}
{%- macro beside(js) -%}
COPY {{ js.manifests() }} ./
{%- for (from, name) in js.directories() %}
COPY {{ from }}/ {{ name }}/
{%- endfor %}
{%- endmacro -%}

{#- The packages that a program needs when it runs, in the stage `packages`. -#}
{%- macro packages(js) -%}
# Production packages with prebuilt binaries for the target platform. Install scripts are skipped, because they would
# compile or download for the build platform
{%- if js.is_pnpm() %}. pnpm's state files are removed: the time in them would change
# the layer
{%- endif %}
FROM {{ js.builder() }} AS packages
ARG TARGETARCH
WORKDIR /app
{% call manifests(js) %}{% endcall %}
RUN --mount={{ js.cache() }} \
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
{%- for line in js.production() %}
    {{ line }}
{%- endfor %} && \
{%- if js.is_pnpm() %}
    rm -f node_modules/.modules.yaml node_modules/.pnpm-workspace-state* && \
{%- endif %}
    mkdir -p node_modules
{%- if js.is_member() %} && \
    rm -rf .[a-z]*
{%- endif %}
{%- endmacro -%}

{#- What a script makes, in the stage `build`, which stays open. -#}
{%- macro build(js, script) -%}
# The output is platform-independent, so it is built on the build platform, without emulation
FROM {{ js.builder() }} AS build
WORKDIR /src
{% call manifests(js) %}{% endcall %}
RUN --mount={{ js.cache() }} \
{%- for line in js.install() %}
    {{ line }}
{%- endfor %}
{%- for (from, to) in js.page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
{%- call pieces::extra_build(js.page) %}{% endcall %}
RUN {{ js.run(script) }}
{%- if js.is_pruned() %} && \
    find . -name node_modules -prune -exec rm -rf {} +
{%- endif %}
{%- endmacro -%}
