//! Whatever Azure sends, the product reads, joins, judges and reports it without a panic.
