// Package bench sets a running Holdfast and pgbench to the same work, and reads
// what benchmarks say into one table.
//
// A submission runs transactions in three databases as several roles. Each of
// them becomes a pgbench script with the very statements and parameters that
// the services were logged sending for one submission, and runs by itself in a
// twin of the database (same cluster, rows, indexes, constraints and row-level
// security). What the scripts could do together at best, one after the other,
// is 1 / (1/tps₁ + … + 1/tpsₙ): the limit that the services are measured by.
//
// pgbench sends one statement after the other, where the services send several
// in a round trip. On the other hand nothing but statements costs it anything:
// no calls, no rules, no sequencer and no feed.
package bench
