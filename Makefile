# `make demo` and `make test` do everything from a fresh Debian 12 with a Swift toolchain.

FORMATS := sevir taxibj kth rainnet pd firesys netcdf array
BANK := $(if $(STBANK_HOME),$(STBANK_HOME),bank)
STBANK := .build/release/stbank
# Tests see internal names, which an optimised build hides unless told otherwise; kept apart so that neither build undoes the other.
TEST_BUILD := -c release -Xswiftc -enable-testing --scratch-path .build-tests

.PHONY: setup build demo test soak lint clean

setup:
	@.setup/install

build: setup
	swift build -c release

demo: build
	@for format in $(FORMATS); do \
		echo "== stbank ingest $$format sample-data/$$format --as $$format"; \
		$(STBANK) ingest $$format sample-data/$$format --as $$format --bank $(BANK) || exit; \
	done
	@$(STBANK) list --bank $(BANK)

test: build
	swift build $(TEST_BUILD) --build-tests
	swift test $(TEST_BUILD) --skip-build
	STBANK=$(abspath $(STBANK)) .venv/bin/python -m pytest Tests/Conformance

soak: build
	STBANK_SOAK=1 swift test $(TEST_BUILD)
	STBANK_SOAK=1 STBANK=$(abspath $(STBANK)) .venv/bin/python -m pytest Tests/Conformance

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

clean:
	rm -rf .build .build-tests .venv .libtorch
