#!/usr/bin/env bash
# Makes what separate processes need to trust each other, into one folder:
#
#   deploy/secrets.sh FOLDER
#
# ca.pem                 the authority that signs the others
# <service>.pem/.key     a certificate for each service and the database
# signing.pem            the key that signs tokens
# clients.json           the services' own identities, with random secrets
# <service>.secret       the same secret, for the service itself
# consents/, surveys/    where requests for consent and invitations to surveys
#                        are written, instead of mail
#
# What is there already is kept. For a trial; a real deployment gets its
# certificates and secrets from its own authority and secret store.
set -euo pipefail
umask 077
folder=${1:?usage: deploy/secrets.sh FOLDER}
mkdir -p "$folder/consents" "$folder/surveys"
cd "$folder"
services='customer partner commission gateway database'
identities='gateway commission partner customer crm support billing bi'

[ -f ca.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
	-subj /CN=holdfast-ca -keyout ca.key -out ca.pem 2>/dev/null

for service in $services; do
	[ -f "$service.pem" ] && continue
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj "/CN=$service" -keyout "$service.key" -out "$service.csr" 2>/dev/null
	printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' "$service" >"$service.ext"
	openssl x509 -req -in "$service.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 \
		-extfile "$service.ext" -out "$service.pem" 2>/dev/null
	rm "$service.csr" "$service.ext"
done

[ -f signing.pem ] || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out signing.pem 2>/dev/null

if [ ! -f clients.json ]; then
	separator='['
	for identity in $identities; do
		printf '%s' "$(openssl rand -hex 32)" >"$identity.secret"
		printf '%s\n  {"client_id": "svc-%s", "service": "%s", "secret": "%s"}' \
			"$separator" "$identity" "$identity" "$(cat "$identity.secret")"
		separator=','
	done >clients.json
	printf '\n]\n' >>clients.json
fi
