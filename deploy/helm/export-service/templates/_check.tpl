{{- /* Refuses, in words, what the schema cannot see: what is missing, and what does not go together. */}}
{{- define "export.check" -}}
{{- with .Values -}}
{{- if not (regexMatch "^https?://[^/]+" .publicUrl) -}}
{{- fail "publicUrl: say where callers find the service, such as https://exports.example.org" -}}
{{- end -}}
{{- if not .temporal.address -}}
{{- fail "temporal.address: say where Temporal is, such as temporal-frontend.temporal:7233" -}}
{{- end -}}
{{- if not .storage.url -}}
{{- fail "storage.url: say where all processes keep files, such as s3://exports" -}}
{{- end -}}
{{- if and .storage.allowHttp (not (hasPrefix "http://" .storage.endpoint)) -}}
{{- fail "storage.allowHttp: is for a storage.endpoint that begins with http://" -}}
{{- end -}}
{{- if and (hasPrefix "http://" .storage.endpoint) (not .storage.allowHttp) -}}
{{- fail "storage.endpoint: is without TLS; set storage.allowHttp if nobody else is on the way" -}}
{{- end -}}
{{- if not .database.secret.name -}}
{{- fail "database.secret.name: name the Secret with the URL of the role that works with the tables" -}}
{{- end -}}
{{- if not .database.ownerSecret.name -}}
{{- fail "database.ownerSecret.name: name the Secret with the URL of the role that owns the tables" -}}
{{- end -}}
{{- if and (eq .database.secret.name .database.ownerSecret.name) (eq .database.secret.key .database.ownerSecret.key) -}}
{{- fail "database.ownerSecret: is that of database.secret; a process that works with the tables must not own them" -}}
{{- end -}}
{{- if not .access.linkSecrets.name -}}
{{- fail "access.linkSecrets.name: name the Secret with the keys that sign download links" -}}
{{- end -}}
{{- if not (or .access.jwtSecret.name .access.jwksUrl) -}}
{{- fail "access: say who may call, by access.jwksUrl or by access.jwtSecret.name" -}}
{{- end -}}
{{- if and .access.jwtSecret.name .access.jwksUrl -}}
{{- fail "access: jwksUrl and jwtSecret exclude each other" -}}
{{- end -}}
{{- if and .content.token.name (not .content.url) -}}
{{- fail "content.token: is for the source that content.url names" -}}
{{- end -}}
{{- if and (eq .autoscaling.kind "keda") .temporal.tls.enabled (not .temporal.apiKey.name) (not .temporal.tls.client.name) -}}
{{- fail "autoscaling.kind: keda reaches Temporal by TLS only with an API key or a client certificate; take hpa" -}}
{{- end -}}
{{- range $name, $place := dict
  "EXPORT_PUBLIC_URL" "publicUrl" "EXPORT_STORAGE_URL" "storage.url" "EXPORT_CONTENT_URL" "content.url"
  "EXPORT_JWKS_URL" "access.jwksUrl" "EXPORT_JWT_ISSUER" "access.issuer" "EXPORT_JWT_AUDIENCE" "access.audience"
  "EXPORT_TEMPORAL_UI_URL" "temporal.uiUrl" "EXPORT_EXPRESS" "workers.express"
  "EXPORT_TRACES" "tracing.endpoint" "EXPORT_TRACES_SQL" "tracing.statements"
  "EXPORT_BUILD_ID" "versioning.build" "EXPORT_THEMES" "themes.configMap" -}}
{{- if hasKey $.Values.settings $name -}}
{{- fail (printf "settings.%s: has a place of its own, %s" $name $place) -}}
{{- end -}}
{{- end -}}
{{- $places := dict
  "EXPORT_DATABASE_URL" "database.secret" "EXPORT_JWT_SECRET" "access.jwtSecret"
  "EXPORT_URL_SECRETS" "access.linkSecrets" "EXPORT_WEBHOOK_SECRETS" "access.webhookSecrets" "EXPORT_SIGNING_KEYS" "access.signingKeys" "EXPORT_PAYLOAD_SECRETS" "temporal.payloadSecrets" "EXPORT_SMTP_URL" "workers.io.secrets" "EXPORT_CONTENT_TOKEN" "content.token" -}}
{{- range $name, $_ := .settings -}}
{{- if or (hasKey $places $name) (regexMatch "_(SECRETS?|TOKENS?|PASSWORDS?|KEYS?)$" $name) -}}
{{- fail (printf "settings.%s: would be readable by whoever reads Deployments; name a Secret in %s" $name (default "secrets of its role" (get $places $name))) -}}
{{- end -}}
{{- end -}}
{{- range $name, $process := merge (dict "api" .api) .workers -}}
{{- with $process.autoscaling -}}
{{- if gt (int .min) (int .max) -}}
{{- fail (printf "%s.autoscaling: min is more than max" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "export.checkBuilds" $ -}}
{{- include "export.checkExpress" $ -}}
{{- end -}}
{{- end }}

{{- /* A build that is taken away while exports run on it leaves them standing still. */}}
{{- define "export.checkBuilds" -}}
{{- with .Values.versioning -}}
{{- if and .enabled (not .build) -}}
{{- fail "versioning.build: name the build that runs now, such as a commit" -}}
{{- end -}}
{{- if and .previous (not .enabled) -}}
{{- fail "versioning.previous: is for versioning.enabled; without it no worker is of a build" -}}
{{- end -}}
{{- $known := list -}}
{{- if .enabled -}}
{{- $known = append $known .build -}}
{{- range .previous -}}
{{- if has .build $known -}}
{{- fail (printf "versioning.previous: %s is named twice, or is versioning.build" .build) -}}
{{- end -}}
{{- $known = append $known .build -}}
{{- end -}}
{{- end -}}
{{- $known = concat $known .abandoned -}}
{{- range (lookup "apps/v1" "Deployment" $.Release.Namespace "").items -}}
{{- $labels := default dict .metadata.labels -}}
{{- $build := index $labels "export-service/build" -}}
{{- if and $build (eq (index $labels "app.kubernetes.io/instance") $.Release.Name) (not (has $build $known)) -}}
{{- fail (printf "versioning: exports may still run on build %s; name it in versioning.previous, or, once Temporal calls it drained, in versioning.abandoned" $build) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* An export that begins on express workers waits for no others. */}}
{{- define "export.checkExpress" -}}
{{- if not .Values.workers.express.enabled -}}
{{- range (lookup "apps/v1" "Deployment" .Release.Namespace "").items -}}
{{- $labels := default dict .metadata.labels -}}
{{- if and (eq (index $labels "app.kubernetes.io/instance") $.Release.Name) (eq (index $labels "app.kubernetes.io/component") "api") -}}
{{- range (first .spec.template.spec.containers).env -}}
{{- if and (eq .name "EXPORT_EXPRESS") (eq .value "true") -}}
{{- fail "workers.express: exports begin on them; upgrade with newExports: false first, and once these have ended with enabled: false" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
