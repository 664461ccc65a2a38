# make            build and check
# make demo       migrate a recorded spool into a private Dovecot, and show the result
# make test       install what tests need, run them all
# make bench      side by side with mailutil, mbsync, imapsync, a raw blast, doveadm and Python

CARGO ?= cargo

.PHONY: all build demo test faults fmt clippy check doc bench bless

all: build check

build:
	$(CARGO) build --release

demo:
	scripts/demo.sh

test:
	scripts/deps.sh test
	$(CARGO) test --all-features

# The whole matrix of faults; `make test` tries a part of it. See CONTRIBUTING.md.
faults:
	scripts/deps.sh test
	VMIMAP_FAULTS=full $(CARGO) test --test faults -- --nocapture

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

# Rewrites the committed files that are generated from the code: man pages, completions, ...
bless:
	VMIMAP_BLESS=1 $(CARGO) test
