{{- define "export.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 32 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 32 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- /* What tells the pods of a release from all others. */}}
{{- define "export.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "export.labels" -}}
{{ include "export.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* An image, of (values, the chart's version). */}}
{{- define "export.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default (index . 1) $image.tag) -}}
{{- end -}}
{{- end }}

{{- /* A JSON list of what runs: {role, name, values, build, image, current} of the API and each kind of worker. */}}
{{- define "export.processes" -}}
{{- $root := . -}}
{{- $name := include "export.name" . -}}
{{- $image := include "export.image" (list .Values.image .Chart.AppVersion) -}}
{{- $found := list (dict "role" "api" "name" (printf "%s-api" $name) "values" .Values.api "build" "" "image" $image "current" true) -}}
{{- range $role, $worker := .Values.workers -}}
{{- $plain := printf "%s-%s" $name $role -}}
{{- $wanted := or (not (hasKey $worker "enabled")) $worker.enabled -}}
{{- if $root.Values.versioning.enabled -}}
{{- $build := $root.Values.versioning.build -}}
{{- if $wanted -}}
{{- $found = append $found (dict "role" $role "name" (printf "%s-%s" $plain $build) "values" $worker "build" $build "image" $image "current" true) -}}
{{- end -}}
{{- /* Exports of a build before may wait for workers that the current one does without. */ -}}
{{- range $root.Values.versioning.previous -}}
{{- $old := include "export.image" (list (merge (dict) .image (pick $root.Values.image "repository")) "") -}}
{{- $fixed := merge (dict "replicas" (default 1 .replicas)) $worker -}}
{{- $found = append $found (dict "role" $role "name" (printf "%s-%s" $plain .build) "values" $fixed "build" .build "image" $old "current" false) -}}
{{- end -}}
{{- else if $wanted -}}
{{- $found = append $found (dict "role" $role "name" $plain "values" $worker "build" "" "image" $image "current" true) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end }}

{{- /* The pods of a process, of (root, process). */}}
{{- define "export.processSelector" -}}
{{- $process := index . 1 -}}
{{ include "export.selector" (index . 0) }}
app.kubernetes.io/component: {{ $process.role }}
{{- with $process.build }}
export-service/build: {{ . | quote }}
{{- end }}
{{- end }}

{{- /* A JSON list with one process of each role, for what is a role's and not a build's. */}}
{{- define "export.roles" -}}
{{- $known := list -}}
{{- $found := list -}}
{{- range fromJsonArray (include "export.processes" .) -}}
{{- if not (has .role $known) -}}
{{- $known = append $known .role -}}
{{- $found = append $found . -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end }}
