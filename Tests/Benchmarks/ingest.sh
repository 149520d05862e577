#!/bin/sh
# The lines of `stbank bench ingest`: ./ingest.sh FOLDER [RUNS]. Makes the raw files in FOLDER where they are missing (6 GB; 14 GB more to work in).
set -eu
here=$(dirname "$0")
python=${PYTHON:-.venv/bin/python}
stbank=${STBANK:-.build/release/stbank}
folder=$1
runs=${2:-5}
[ -e "$folder/sevir" ] || $python "$here/make_sevir.py" --gib 4 "$folder/sevir"
[ -e "$folder/sevir-gzip" ] || $python "$here/make_sevir.py" --gib 1 --gzip "$folder/sevir-gzip"
[ -e "$folder/taxibj" ] || $python "$here/make_packed.py" taxibj "$folder/taxibj"
[ -e "$folder/odim" ] || $python "$here/make_packed.py" odim "$folder/odim"
bench() {
    $stbank bench ingest "$2" "$folder/$3" --name "$1" --runs "$runs" --bank "$folder/bank" \
        --peer "$python $here/h5py_copy.py" --quiet
}
bench ingest.hdf5 sevir sevir
bench ingest.gzip.sevir sevir sevir-gzip
bench ingest.gzip.taxibj taxibj taxibj
bench ingest.gzip.odim rainnet odim
