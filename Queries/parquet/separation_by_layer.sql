-- Question: Which layer separates the classes, and how far above what label noise alone separates?
-- Notes: separation is the mean off-diagonal KL per interaction, in nats; separation_permuted the same
--   with the labels permuted, null where asked_grouping leaves them out; relative_separation is separation over the mean
--   entropy per interaction.
-- Columns: run, layer, kind, separation, separation_permuted, above_floor, mean_entropy, relative_separation

with apart as (
  select run, layer, layer_position, kind, avg(case when grouping = 'true' then kl_per_interaction end) as separation,
    avg(case when grouping = 'permuted' then kl_per_interaction end) as separation_permuted
  from divergence
  where grouping in ('true', 'permuted')
  group by run, layer, layer_position, kind),
disorder as (
  select run, layer, kind, avg(entropy_per_interaction) as mean_entropy
  from entropy
  where grouping = 'true'
  group by run, layer, kind)
select run, layer, kind, separation, separation_permuted, separation - separation_permuted as above_floor,
  mean_entropy, separation / nullif(mean_entropy, 0) as relative_separation
from apart join disorder using (run, layer, kind)
order by run, layer_position, kind;
