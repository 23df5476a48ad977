{{- define "portico.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "portico.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "portico.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "portico.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "portico.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "portico.name" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{- define "portico.fromSecret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .from.secret }}
      key: {{ .from.key }}
{{- end -}}

{{/* What every process reads. The owner's login is for the migration job alone. */}}
{{- define "portico.environment" -}}
- name: PORTICO_ENVIRONMENT
  value: {{ .Values.environment }}
- name: PORTICO_LOG_FORMAT
  value: {{ .Values.logFormat }}
{{ include "portico.fromSecret" (dict "name" "PORTICO_DATABASE_URL" "from" .Values.database.url) }}
{{- if .Values.database.directUrl.secret }}
{{ include "portico.fromSecret" (dict "name" "PORTICO_DATABASE_DIRECT_URL" "from" .Values.database.directUrl) }}
{{- end }}
- name: PORTICO_DATABASE_POOLER
  value: {{ .Values.database.pooler }}
- name: PORTICO_DATABASE_POOL_SIZE
  value: {{ .Values.database.poolSize | quote }}
{{ include "portico.fromSecret" (dict "name" "PORTICO_REDIS_URL" "from" .Values.redis.url) }}
{{ include "portico.fromSecret" (dict "name" "PORTICO_SECRET_KEYS" "from" .Values.secretKeys) }}
{{ include "portico.fromSecret" (dict "name" "PORTICO_OPERATOR_TOKEN" "from" .Values.operatorToken) }}
{{ include "portico.fromSecret" (dict "name" "PORTICO_STRIPE_SECRET_KEY" "from" .Values.stripe.secretKey) }}
{{ include "portico.fromSecret" (dict "name" "PORTICO_STRIPE_WEBHOOK_SECRETS" "from" .Values.stripe.webhookSecrets) }}
- name: PORTICO_PLATFORM_HOST
  value: {{ .Values.web.platformHost }}
- name: PORTICO_WEB_SCHEME
  value: https
- name: PORTICO_WEB_PROXY_HOPS
  value: {{ .Values.web.proxyHops | quote }}
- name: PORTICO_WEB_TENANT_PERCENT
  value: {{ .Values.web.tenantPercent | quote }}
- name: PORTICO_WEB_KEEP_PAGES
  value: {{ ternary "yes" "no" .Values.web.keepPages | quote }}
- name: PORTICO_MAIL_HOST
  value: {{ .Values.mail.host }}
- name: PORTICO_MAIL_PORT
  value: {{ .Values.mail.port | quote }}
- name: PORTICO_MAIL_SECURITY
  value: {{ .Values.mail.security }}
{{- if .Values.mail.user }}
- name: PORTICO_MAIL_USER
  value: {{ .Values.mail.user }}
{{ include "portico.fromSecret" (dict "name" "PORTICO_MAIL_PASSWORD" "from" .Values.mail.password) }}
{{- end }}
- name: PORTICO_ALLOW_PRIVATE_ERP_HOSTS
  value: {{ ternary "yes" "no" .Values.erp.allowPrivateHosts | quote }}
{{- end -}}

{{/* The revision: secrets are read at start, so that every upgrade starts every pod anew, one after the other. */}}
{{- define "portico.podAnnotations" -}}
portico.io/revision: {{ .root.Release.Revision | quote }}
{{- if and .metrics .root.Values.metrics.podAnnotations }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .root.Values.metrics.port | quote }}
{{- end }}
{{- end -}}

{{- define "portico.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "portico.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "portico.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A process without a port of its own but its metrics: worker, postings, scheduler. */}}
{{- define "portico.background" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "portico.name" .root }}-{{ .component }}
  labels:
    {{- include "portico.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  replicas: {{ .settings.replicas }}
  selector:
    matchLabels:
      {{- include "portico.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "portico.selector" . | nindent 8 }}
      annotations:
        {{- include "portico.podAnnotations" . | nindent 8 }}
    spec:
      serviceAccountName: {{ include "portico.serviceAccount" .root }}
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: {{ default 30 .settings.stopSeconds }}
      securityContext:
        {{- include "portico.podSecurity" .root | nindent 8 }}
      {{- include "portico.placement" .root | nindent 6 }}
      containers:
        - name: {{ .component }}
          image: {{ include "portico.image" .root | quote }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args:
            {{- toYaml .args | nindent 12 }}
          env:
            {{- include "portico.environment" .root | nindent 12 }}
          {{- if .metrics }}
          ports:
            - name: metrics
              containerPort: {{ .root.Values.metrics.port }}
          livenessProbe:
            httpGet:
              path: /metrics
              port: metrics
            initialDelaySeconds: 10
            periodSeconds: 15
          {{- end }}
          resources:
            {{- toYaml .settings.resources | nindent 12 }}
          securityContext:
            {{- include "portico.containerSecurity" .root | nindent 12 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: tmp
          emptyDir: {}
{{- end -}}
