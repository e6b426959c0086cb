-- Question: How are a layer's activation proportions distributed?
-- Notes: share of the layer's interactions whose proportion lies from low up to, not including, high; the
--   last bin includes 1. Of whole runs, where class is null, and of each class. A bin without interactions has no row.
-- Columns: run, layer, kind, class, low, high, share

with binned as (
  select matrix, class, class_position, class_name, n_units,
    case when k = n_samples then 19 else cast(floor(20 * k / n_samples) as int) end as bin
  from frequency),
spread as (
  select matrix, class, class_position, class_name, bin, cast(sum(n_units) as double) as n_units
  from binned
  group by matrix, class, class_position, class_name, bin),
place as (
  select matrix, run, layer, kind, max(n_units) as n_units from entropy group by matrix, run, layer, kind)
select run, layer, kind, class_name as class, bin / cast(20 as double) as low, (bin + 1) / cast(20 as double) as high,
  spread.n_units / place.n_units as share
from spread
join place on place.matrix = spread.matrix
join run_layer using (run, layer)
order by run, layer_position, kind, coalesce(class_position, -1), bin;
