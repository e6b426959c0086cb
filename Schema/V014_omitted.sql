-- Version 14: a run whose samples' activations were left out, and with them bits that were to be derived. README.md documents
-- every column.

alter table run add column activations text not null default 'stored' check (activations in ('stored', 'omitted'));
