#!/bin/sh
# Runs the millrace command. `server` alone: a broker whose settings come from MILLRACE_CONFIG (a properties file, optional) and from
# variables: MILLRACE_SET_broker_id=1 stands for broker.id=1 (an underscore is a dot), later ones win over the file.
# Without a broker.id the number at the end of the host name is taken, as a StatefulSet gives it.
set -eu

java="java -XX:+UseSerialGC -XX:+UseCompactObjectHeaders --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
main="-cp /opt/millrace/lib/* io.millrace.cli.MillraceMain"

if [ "${1:-server}" != server ] || [ $# -gt 1 ]; then
    # shellcheck disable=SC2086
    exec $java -Xms16m "-Xmx${MILLRACE_HEAP:-512m}" ${MILLRACE_OPTS:-} $main "$@"
fi

settings="$(mktemp)"
[ -z "${MILLRACE_CONFIG:-}" ] || cat "$MILLRACE_CONFIG" >"$settings"
printf '\n' >>"$settings"
env | sed -n 's/^MILLRACE_SET_\([a-z_0-9]*\)=\(.*\)$/\1=\2/p' | while IFS='=' read -r key value; do
    printf '%s=%s\n' "$(printf '%s' "$key" | tr _ .)" "$value" >>"$settings"
done
if ! grep -q '^broker\.id=' "$settings"; then
    number="$(hostname | sed -n 's/.*-\([0-9][0-9]*\)$/\1/p')"
    [ -n "$number" ] || {
        echo "entrypoint: set MILLRACE_SET_broker_id, the host name $(hostname) has no number at its end" >&2
        exit 1
    }
    printf 'broker.id=%s\n' "$number" >>"$settings"
fi
grep -q '^log\.dirs=' "$settings" || printf 'log.dirs=/var/lib/millrace/logs\n' >>"$settings"
# shellcheck disable=SC2086
exec $java -Xms32m "-Xmx${MILLRACE_HEAP:-512m}" ${MILLRACE_OPTS:-} $main server --config "$settings"
