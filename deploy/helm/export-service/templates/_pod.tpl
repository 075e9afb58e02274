{{- define "export.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* On which nodes a pod may run, of the values that say so. */}}
{{- define "export.nodes" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "export.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  capabilities:
    drop: [ALL]
{{- end }}

{{- /* Mounts of certificates, which are files: of Temporal for all but the migration. */}}
{{- define "export.certificateMounts" -}}
{{- if .Values.database.tls.ca.name }}
- {name: database-ca, mountPath: /etc/export/database, readOnly: true}
{{- end }}
{{- end }}

{{- define "export.certificateVolumes" -}}
{{- with .Values.database.tls.ca }}
{{- if .name }}
- name: database-ca
  secret:
    secretName: {{ .name | quote }}
    defaultMode: 0440
    items: [{key: {{ .key | quote }}, path: ca.crt}]
{{- end }}
{{- end }}
{{- end }}

{{- define "export.temporalVolumes" -}}
{{- $tls := .Values.temporal.tls }}
{{- if or $tls.ca.name $tls.client.name }}
- name: temporal-tls
  projected:
    defaultMode: 0440
    sources:
      {{- with $tls.ca }}
      {{- if .name }}
      - secret:
          name: {{ .name | quote }}
          items: [{key: {{ .key | quote }}, path: ca.crt}]
      {{- end }}
      {{- end }}
      {{- with $tls.client }}
      {{- if .name }}
      - secret:
          name: {{ .name | quote }}
          items: [{key: {{ .certificate | quote }}, path: tls.crt}, {key: {{ .privateKey | quote }}, path: tls.key}]
      {{- end }}
      {{- end }}
{{- end }}
{{- end }}

{{- /* The pod of a process, of (root, process). */}}
{{- define "export.pod" -}}
{{- $root := index . 0 }}
{{- $process := index . 1 }}
{{- $role := $process.role }}
{{- $values := $process.values }}
{{- $tls := $root.Values.temporal.tls }}
metadata:
  labels:
    {{- include "export.processSelector" . | nindent 4 }}
    app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
  {{- with $values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "export.podSecurity" $root | nindent 2 }}
  serviceAccountName: {{ include "export.name" $root }}-{{ $role }}
  # A worker drains for ten seconds; the API leaves the service first, and drains for twenty.
  terminationGracePeriodSeconds: {{ eq $role "api" | ternary (add 40 (get $root.Values.settings "EXPORT_LEAVE_SECONDS" | default 5 | int)) 30 }}
  affinity:
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels:
                {{- include "export.processSelector" . | nindent 16 }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: topology.kubernetes.io/zone
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "export.processSelector" . | nindent 10 }}
  {{- include "export.nodes" $values | nindent 2 }}
  containers:
    - name: {{ $role }}
      image: {{ $process.image }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      {{- if eq $role "api" }}
      command: ["python", "-m", "web"]
      {{- else }}
      command: ["python", "-m", "activities.worker", "--role", "{{ $role }}", "--metrics-port", "9100", "--metrics-host", "0.0.0.0"]
      {{- end }}
      env:
        {{- include "export.uniqueEnvironment" . | nindent 8 }}
      ports:
        {{- if eq $role "api" }}
        - {name: http, containerPort: 8000}
        {{- end }}
        - {name: internal, containerPort: 9100}
      # Alive is who would gain nothing by being started again; Temporal may be away meanwhile.
      startupProbe:
        httpGet: {path: /health/live, port: internal}
        periodSeconds: 2
        timeoutSeconds: 3
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /health/live, port: internal}
        periodSeconds: 10
        timeoutSeconds: 3
        failureThreshold: 3
      # The API asks all that it needs at once, and answers within five seconds.
      readinessProbe:
        httpGet: {path: /health/ready, port: internal}
        periodSeconds: 10
        timeoutSeconds: 6
        failureThreshold: 2
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      {{- include "export.containerSecurity" $root | nindent 6 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: scratch, mountPath: /var/lib/export}
        {{- include "export.certificateMounts" $root | nindent 8 }}
        {{- if or $tls.ca.name $tls.client.name }}
        - {name: temporal-tls, mountPath: /etc/export/temporal, readOnly: true}
        {{- end }}
        {{- if and (eq $role "api") $root.Values.themes.configMap }}
        - {name: themes, mountPath: /etc/export/themes, readOnly: true}
        {{- end }}
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 256Mi}
    # Files in the making; large ones are rendered here. In memory they would count against the limit.
    - name: scratch
      emptyDir: {sizeLimit: {{ $values.scratch }}}
    {{- include "export.certificateVolumes" $root | nindent 4 }}
    {{- include "export.temporalVolumes" $root | nindent 4 }}
    {{- if and (eq $role "api") $root.Values.themes.configMap }}
    - name: themes
      configMap: {name: {{ $root.Values.themes.configMap | quote }}}
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
