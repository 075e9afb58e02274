{{- /* A variable from a Secret, of (variable, Secret, key). */}}
{{- define "export.secretVariable" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 | quote }}
      key: {{ index . 2 | quote }}
{{- end }}

{{- /* How libpq finds the database, beside its URL. */}}
{{- define "export.databaseTls" -}}
{{- with .Values.database.tls.mode }}
- name: PGSSLMODE
  value: {{ . }}
{{- end }}
{{- if .Values.database.tls.ca.name }}
- name: PGSSLROOTCERT
  value: /etc/export/database/ca.crt
{{- end }}
{{- end }}

{{- define "export.temporalVariables" -}}
{{- $temporal := .Values.temporal }}
- name: TEMPORAL_ADDRESS
  value: {{ $temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ $temporal.namespace | quote }}
{{- if include "export.temporalTls" . }}
- name: TEMPORAL_TLS
  value: "true"
{{- with $temporal.tls.serverName }}
- name: TEMPORAL_TLS_SERVER_NAME
  value: {{ . | quote }}
{{- end }}
{{- if $temporal.tls.ca.name }}
- name: TEMPORAL_TLS_SERVER_CA_CERT_PATH
  value: /etc/export/temporal/ca.crt
{{- end }}
{{- if $temporal.tls.client.name }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /etc/export/temporal/tls.crt
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /etc/export/temporal/tls.key
{{- end }}
{{- end }}
{{- if $temporal.apiKey.name }}
{{ include "export.secretVariable" (list "TEMPORAL_API_KEY" $temporal.apiKey.name $temporal.apiKey.key) }}
{{- end }}
{{- end }}

{{- define "export.temporalTls" -}}
{{- with .Values.temporal }}{{ if or .tls.enabled .apiKey.name .tls.client.name }}yes{{ end }}{{ end -}}
{{- end }}

{{- /* Roles that read content: they hold the source's token. */}}
{{- define "export.readsContent" -}}
{{- if ne . "workflow" }}yes{{ end -}}
{{- end }}

{{- /* The variables of a process, of (root, process): secrets only of those who need them. */}}
{{- define "export.environment" -}}
{{- $root := index . 0 }}
{{- $process := index . 1 }}
{{- $role := $process.role }}
{{- with $root.Values }}
{{- include "export.secretVariable" (list "EXPORT_DATABASE_URL" .database.secret.name .database.secret.key) }}
{{- include "export.databaseTls" $root }}
{{- include "export.temporalVariables" $root }}
- name: EXPORT_STORAGE_URL
  value: {{ .storage.url | quote }}
{{- with .storage.endpoint }}
- name: AWS_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with .storage.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- if .storage.allowHttp }}
- name: AWS_ALLOW_HTTP
  value: "true"
{{- end }}
{{- with .storage.credentials }}
{{- if .name }}
{{ include "export.secretVariable" (list "AWS_ACCESS_KEY_ID" .name .accessKeyId) }}
{{ include "export.secretVariable" (list "AWS_SECRET_ACCESS_KEY" .name .secretAccessKey) }}
{{- end }}
{{- end }}
{{- if .content.url }}
- name: EXPORT_CONTENT_URL
  value: {{ .content.url | quote }}
{{- if and .content.token.name (include "export.readsContent" $role) }}
{{ include "export.secretVariable" (list "EXPORT_CONTENT_TOKEN" .content.token.name .content.token.key) }}
{{- end }}
{{- end }}
- name: EXPORT_PUBLIC_URL
  value: {{ .publicUrl | quote }}
{{- with .temporal.uiUrl }}
- name: EXPORT_TEMPORAL_UI_URL
  value: {{ . | quote }}
{{- end }}
- name: EXPORT_EXPRESS
  value: {{ and .workers.express.enabled .workers.express.newExports | quote }}
{{- range $name, $value := .settings }}
- name: {{ $name }}
  value: {{ if kindIs "float64" $value }}{{ $value | toJson | quote }}{{ else }}{{ $value | toString | quote }}{{ end }}
{{- end }}
{{- if and .access.webhookSecrets.name (has $role (list "api" "io")) }}
{{ include "export.secretVariable" (list "EXPORT_WEBHOOK_SECRETS" .access.webhookSecrets.name .access.webhookSecrets.key) }}
{{- end }}
{{- with .access.signingKeys }}
{{- if .name }}
{{ include "export.secretVariable" (list "EXPORT_SIGNING_KEYS" .name .key) }}
{{- end }}
{{- end }}
{{- with .temporal.payloadSecrets }}
{{- if .name }}
{{ include "export.secretVariable" (list "EXPORT_PAYLOAD_SECRETS" .name .key) }}
{{- end }}
{{- end }}
{{- with .tracing }}
{{- if .endpoint }}
- name: EXPORT_TRACES
  value: "true"
{{- if .statements }}
- name: EXPORT_TRACES_SQL
  value: "true"
{{- end }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
{{- if .headers.name }}
{{ include "export.secretVariable" (list "OTEL_EXPORTER_OTLP_HEADERS" .headers.name .headers.key) }}
{{- end }}
{{- if .sampler }}
- name: OTEL_TRACES_SAMPLER
  value: {{ .sampler | quote }}
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .samplerArgument | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq $role "api" }}
- name: EXPORT_PORT
  value: "8000"
- name: EXPORT_INTERNAL_PORT
  value: "9100"
{{- if not (hasKey .settings "EXPORT_LEAVE_SECONDS") }}
# The pod leaves the service while it is told to stop; callers learn that it goes before it does.
- name: EXPORT_LEAVE_SECONDS
  value: "5"
{{- end }}
{{ include "export.secretVariable" (list "EXPORT_URL_SECRETS" .access.linkSecrets.name .access.linkSecrets.key) }}
{{- if .access.jwtSecret.name }}
{{ include "export.secretVariable" (list "EXPORT_JWT_SECRET" .access.jwtSecret.name .access.jwtSecret.key) }}
{{- end }}
{{- with .access.jwksUrl }}
- name: EXPORT_JWKS_URL
  value: {{ . | quote }}
{{- end }}
- name: EXPORT_JWT_ISSUER
  value: {{ .access.issuer | quote }}
- name: EXPORT_JWT_AUDIENCE
  value: {{ .access.audience | quote }}
{{- if .themes.configMap }}
- name: EXPORT_THEMES
  value: /etc/export/themes
{{- end }}
{{- end }}
{{- with $process.build }}
- name: EXPORT_BUILD_ID
  value: {{ . | quote }}
{{- end }}
{{- range $name, $secret := $process.values.secrets }}
{{ include "export.secretVariable" (list $name $secret.name $secret.key) }}
{{- end }}
{{- with $process.values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The same, refused where a variable is there twice: of two the last would count, until an upgrade takes both away. */}}
{{- define "export.uniqueEnvironment" -}}
{{- $text := include "export.environment" . -}}
{{- $role := (index . 1).role -}}
{{- $known := list -}}
{{- range fromYamlArray $text -}}
{{- if has .name $known -}}
{{- fail (printf "%s: %s is set twice: by this chart or in settings, and in secrets or extraEnv" $role .name) -}}
{{- end -}}
{{- $known = append $known .name -}}
{{- end -}}
{{- $text -}}
{{- end }}
