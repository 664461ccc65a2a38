# make            build and check
# make screens    run vmimap in a terminal and keep what is seen in docs/screens
# make demo       migrate a recorded spool into a private Dovecot, and show the result
# make test       install what tests need, run them all
# make fuzz       libFuzzer on every target of fuzz/, FUZZ_SECONDS each (600); FUZZ_TARGETS=gate: one
# make bench      side by side with mailutil, mbsync, imapsync, a raw blast, doveadm and Python
# make load       provision, migrate, list, audit, quota over 1,000 and 10,000 mailboxes
# make deb        a package for Debian, in target/debian; DEB_FEATURES=gssapi: with Kerberos
# make check-deb  installs it in a Debian 12 that has nothing else, tries it, and purges it (root)
# make licences   whether every dependency may be linked, and is used
# make sbom       the dependencies as CycloneDX, in target/vmimap.cdx.json

CARGO ?= cargo

.PHONY: all build demo screens test faults fmt clippy check doc fuzz bench load bless deb check-deb \
	licences sbom

all: build check

build:
	$(CARGO) build --release

demo:
	scripts/demo.sh

screens:
	scripts/deps.sh test
	$(CARGO) build --release
	PATH="$$(realpath "$${CARGO_TARGET_DIR:-target}")/release:$$PATH" scripts/screens.sh

test:
	scripts/deps.sh test
	$(CARGO) test --all-features

# The whole matrix of faults; `make test` tries a part of it. See CONTRIBUTING.md.
faults:
	scripts/deps.sh test
	VMIMAP_FAULTS=full $(CARGO) test --all-features --test faults -- --nocapture

fmt:
	$(CARGO) fmt

clippy:
	$(CARGO) clippy --all-targets --all-features -- -D warnings

check:
	$(CARGO) fmt --check
	$(MAKE) clippy
	$(MAKE) test

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps

# BENCH_RUNS, BENCH_MESSAGES, BENCH_MAILBOXES, BENCH_SIZES, BENCH_RTT_MS, BENCH_PEERS, ...: see
# benches/migrate/main.rs, benches/daily/main.rs and benches/audit/main.rs
bench:
	scripts/deps.sh bench
	$(CARGO) bench --bench migrate
	$(CARGO) bench --bench daily
	$(CARGO) bench --bench audit

# LOAD_MAILBOXES, LOAD_MESSAGES, BENCH_DIR, ...: see benches/load/main.rs. About 5 GB of disk.
load:
	scripts/deps.sh bench
	$(CARGO) bench --bench load

# Needs no nightly: without a sanitizer (there is no unsafe code here) cargo-fuzz is content with stable.
FUZZ_SECONDS ?= 600
FUZZ_TARGETS ?= audio conf envelope fetch gate journal message name search
fuzz:
	scripts/deps.sh fuzz
	$(CARGO) fuzz --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-fuzz
	set -e; for target in $(FUZZ_TARGETS); do mkdir -p fuzz/found/$$target; \
	    $(CARGO) fuzz run --sanitizer none $$target fuzz/found/$$target fuzz/corpus/$$target -- \
	        -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10; done

TARGET_DIR = $(or $(CARGO_TARGET_DIR),target)

DEB_FEATURES ?=
deb:
	scripts/deps.sh deb
	scripts/notices.sh $(TARGET_DIR)/release/third-party-licenses.txt "$(DEB_FEATURES)"
	$(CARGO) deb --locked --features "$(DEB_FEATURES)"

check-deb: deb
	scripts/deps.sh check-deb
	scripts/check-deb.sh

licences:
	scripts/deps.sh licences
	$(CARGO) deny --all-features check --hide-inclusion-graph licenses bans sources
	$(CARGO) machete

sbom:
	scripts/deps.sh sbom
	$(CARGO) cyclonedx --format json --all-features --target x86_64-unknown-linux-gnu --override-filename vmimap.cdx
	mkdir -p $(TARGET_DIR) && mv vmimap.cdx.json $(TARGET_DIR)/

# Rewrites the committed files that are generated from the code: man pages, completions, ...
bless:
	VMIMAP_BLESS=1 $(CARGO) test --all-features
