-- Version 14: a run whose samples' activations were left out, and with them bits that were to be derived; and several parts
-- of a run that were merged and are not yet all. README.md documents every column.

alter table run add column activations text not null default 'stored' check (activations in ('stored', 'omitted'));
-- Where parts shard_index to shard_last of shard_count are here; null for a single part, and for a whole run.
alter table run add column shard_last integer check (shard_last > shard_index and shard_last <= shard_count);
