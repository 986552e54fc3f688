# Two commands do all the set-up: `make run` and `make test`. Both say what they do as they go.
SHELL := /bin/bash
DATA ?= data
LISTEN ?= 127.0.0.1:8420
MESSAGES ?= 20000

.PHONY: run test bench web clean

run: ## build and start the product with a simulated WeCom and a demo company
	@scripts/step "1/3 web console" scripts/web build
	@scripts/step "2/3 xinlu and its simulator (release build; the first one takes some minutes)" cargo build --release --bin xinlu --bin xinlu-simulator -p xinlu-server -p xinlu-simulator --lib
	@echo "── 3/3 start"
	@exec target/release/xinlu demo --data $(DATA) --listen $(LISTEN) --messages $(MESSAGES)

test: ## install what the tests need and run everything
	@scripts/test

bench: ## the figures of the issue's bars; ARGS="--size N" for another size
	@for name in intake direct search startup; do cargo xtask bench $$name $(ARGS) || exit 1; done

web: ## build the web console only
	@scripts/web build

clean:
	rm -rf target web/console/dist web/node_modules
