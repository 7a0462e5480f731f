# What the machine must have: command (or file) and the Debian 12 package that brings it.
# Sourced by bin/demo and bin/test; installs what is missing when it may, else says exactly what to run.

need_base='
python3:python3
/usr/bin/pg_config:libpq-dev
gcc:gcc
git:git
/usr/include/python3.11/Python.h:python3-dev
@ensurepip:python3-venv
@libmagic:libmagic1
@pango:libpango-1.0-0
@pango:libpangoft2-1.0-0
@harfbuzz:libharfbuzz-subset0
/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf:fonts-dejavu-core
'
need_services='
@postgres:postgresql-15
redis-server:redis-server
@java:openjdk-17-jre-headless
mvn:maven
/usr/share/dict/ngerman:wngerman
'
need_sources='
mapserv:cgi-mapserver
/usr/sbin/mosquitto:mosquitto
openssl:openssl
'
need_browser='
chromium:chromium
'
need_examples='
Rscript:r-base-core
'

_present() {
  case "$1" in
    @ensurepip) python3_for_venv >/dev/null 2>&1 ;;
    @libmagic) ls /usr/lib/*/libmagic.so.1 >/dev/null 2>&1 ;;
    @pango) ls /usr/lib/*/libpangoft2-1.0.so.0 >/dev/null 2>&1 ;;
    @harfbuzz) ls /usr/lib/*/libharfbuzz-subset.so.0 >/dev/null 2>&1 ;;
    @postgres) ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 ;;
    @java) command -v java >/dev/null 2>&1 && java -version 2>&1 | grep -Eq '"(17|2[0-9])' ;;
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 || [ -x "/usr/lib/cgi-bin/$1" ] ;;
  esac
}

# Debian's own Python first: its headers and its venv module come as packages.
python3_for_venv() {
  local python
  for python in /usr/bin/python3 python3; do
    if command -v "$python" >/dev/null 2>&1 &&
      "$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      echo "$python"
      return 0
    fi
  done
  return 1
}

# ensure_packages GROUP…  (base services sources browser)
ensure_packages() {
  local group list line missing="" started=$SECONDS
  for group in "$@"; do
    list="need_$group"
    for line in ${!list}; do
      _present "${line%%:*}" || missing="$missing ${line##*:}"
    done
  done
  [ -z "$missing" ] && return 0
  local install="apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends$missing"
  if [ "$(id -u)" = 0 ]; then
    :
  elif sudo -n true 2>/dev/null; then
    install="sudo sh -c '$install'"
  else
    printf 'Es fehlen Pakete:%s\nBitte als root ausführen und dann erneut starten:\n\n  %s\n\n' "$missing" "$install" >&2
    exit 1
  fi
  echo "Pakete:$missing"
  mkdir -p "$ROOT/.run"
  if ! sh -c "$install" >"$ROOT/.run/apt.log" 2>&1; then
    tail -n 20 "$ROOT/.run/apt.log" >&2
    echo "Die Pakete konnten nicht installiert werden, siehe .run/apt.log" >&2
    exit 1
  fi
  echo "  installiert ($((SECONDS - started)) s)"
}
