# Six ways in, one line each; what they do stands in scripts/.
.PHONY: demo test lint bench torture promises

demo: ; @scripts/demo.sh
test: ; @scripts/test.sh
lint: ; @scripts/lint.sh
bench: ; @cargo run --release -p motcua-bench --bin estimate; cargo run --release -p motcua-bench --bin engine -- --short; cargo run --release -p motcua-bench --bin history; cargo build --release -p motcua -p motcua-camera-ingest --bins && cargo run --release -p motcua-bench --bin cameras; cargo run --release -p motcua-bench --bin bench
torture: ; @scripts/torture.sh $(ONLY)
promises: ; @MOTCUA_PROMISES=full cargo test --release -p motcua --test promises -- --nocapture
