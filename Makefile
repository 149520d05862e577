# `make demo` and `make test` do everything from a fresh Debian 12 with a Swift toolchain.

FORMATS := sevir taxibj kth rainnet pd firesys netcdf array
BANK := $(if $(STBANK_HOME),$(STBANK_HOME),bank)
STBANK := .build/release/stbank
# The modules are tested in a debug build: with Swift 6.3.1 an optimised test bundle loses limits that a test sets on a reader
# process, and the test of a hanging reader then hangs itself. What users run is optimised, and tested as a whole by pytest.
TEST_BUILD := --scratch-path .build-tests
# libtorch has one random generator a process: what draws from it runs alone.
ONE_BY_ONE := NetworksTests TensorsTests

define stbank
	@echo "== stbank $(1)"
	@$(STBANK) $(1) --bank $(BANK)

endef

.PHONY: setup build demo test soak lint clean

setup:
	@.setup/install

build: setup
	swift build -c release
	ln -sf libstbank-c.so .build/release/libstbank.so

# The whole way: raw files, maps of what matters, copies, two networks with and without them, their scores side by side.
demo: build
	$(foreach format,$(FORMATS),$(call stbank,ingest $(format) sample-data/$(format) --as $(format)))
	$(call stbank,discover sevir --upstream vit --width 64 --depth 4 --epochs 10 --stride 5 --as sevir-maps)
	$(call stbank,augment sevir --importance sevir-maps --copies 1 --stride 5 --as sevir-copies)
	$(foreach model,vit simvp,$(call stbank,train sevir --model $(model) --stride 5 --as $(model)) \
		$(call stbank,train sevir --model $(model) --stride 5 --environments sevir-copies --as $(model)-nuwa))
	$(call stbank,list)
	$(call stbank,evaluate vit vit-nuwa simvp simvp-nuwa --split test)

test: build
	swift build $(TEST_BUILD) --build-tests
	swift test $(TEST_BUILD) --skip-build $(patsubst %,--skip '^%\.',$(ONE_BY_ONE))
	swift test $(TEST_BUILD) --skip-build --no-parallel $(patsubst %,--filter '^%\.',$(ONE_BY_ONE))
	STBANK=$(abspath $(STBANK)) .venv/bin/python -m pytest Tests/Conformance

soak: build
	STBANK_SOAK=1 swift test $(TEST_BUILD) $(patsubst %,--skip '^%\.',$(ONE_BY_ONE))
	STBANK_SOAK=1 STBANK=$(abspath $(STBANK)) .venv/bin/python -m pytest Tests/Conformance

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

clean:
	rm -rf .build .build-tests .venv .libtorch
