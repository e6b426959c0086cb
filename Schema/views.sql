-- Function-free views: the warehouse with names in place of ids, for the plain sqlite3 shell and every other
-- client. They are dropped and made anew whenever a warehouse is opened for writing by another version.

create view runs as
select run.run_id, run.name as run, model.name as model, model.architecture, model.state, dataset.name as dataset,
  run.perturbation, run.preprocessing, run.n_samples,
  (select count(*) from prediction where prediction.run_id = run.run_id) as n_ingested,
  (select avg(correct) from prediction where prediction.run_id = run.run_id) as accuracy,
  (select avg(loss) from prediction where prediction.run_id = run.run_id) as mean_loss,
  run.bitsets, run.engram_version, run.cpu_level, run.started_at, run.completed_at
from run join model using (model_id) join dataset using (dataset_id);

create view layers as
select run.run_id, run.name as run, layer.layer_id, layer.position, layer.name as layer, layer.n_in, layer.n_out,
  layer.has_bias, layer.n_out * layer.n_cols as n_interactions
from run join run_layer using (run_id) join layer using (layer_id);

create view predictions as
select prediction.run_id, run.name as run, sample.key as sample, truth.name as class, guess.name as predicted,
  prediction.correct, prediction.confidence, prediction.loss, sample.position, prediction.sample_id
from prediction
join run using (run_id)
join sample using (sample_id)
join class as truth on truth.class_id = sample.class_id
join class as guess on guess.class_id = prediction.class_id;

create view class_accuracy as
select prediction.run_id, run.name as run, class.position as class_position, class.name as class,
  count(*) as n_samples, sum(prediction.correct) as n_correct, avg(prediction.correct) as accuracy,
  avg(prediction.confidence) as mean_confidence, avg(prediction.loss) as mean_loss
from prediction
join run using (run_id)
join sample using (sample_id)
join class on class.class_id = sample.class_id
group by prediction.run_id, class.class_id;

create view sample_density as
select significance.run_id, run.name as run, layer.name as layer, sample.key as sample, class.name as class,
  significance.n_significant, significance.n_significant * 1.0 / (layer.n_out * layer.n_cols) as density,
  significance.sample_id, significance.layer_id
from significance
join run using (run_id)
join layer using (layer_id)
join sample using (sample_id)
join class using (class_id);

create view layer_sparsity as
select sparsity.run_id, run.name as run, layer.position as layer_position, layer.name as layer, sparsity.kind,
  sparsity.n_samples, sparsity.mean_proportion, sparsity.never_share, sparsity.always_share
from sparsity join run using (run_id) join layer using (layer_id)
where sparsity.class_id is null;

create view class_sparsity as
select sparsity.run_id, run.name as run, layer.position as layer_position, layer.name as layer, sparsity.kind,
  class.position as class_position, class.name as class,
  sparsity.n_samples, sparsity.mean_proportion, sparsity.never_share, sparsity.always_share
from sparsity join run using (run_id) join layer using (layer_id) join class using (class_id);

-- One row per bin; class is null for the whole run. Bin b holds proportions from low up to, not including, high.
create view sparsity_histogram as
select sparsity.run_id, run.name as run, layer.position as layer_position, layer.name as layer, sparsity.kind,
  class.position as class_position, class.name as class,
  bin.key as bin, bin.key / 20.0 as low, (bin.key + 1) / 20.0 as high, bin.value as share
from sparsity
join run using (run_id)
join layer using (layer_id)
left join class using (class_id)
join json_each(sparsity.histogram) as bin;

create view class_entropy as
select entropy.run_id, run.name as run, layer.position as layer_position, layer.name as layer, entropy.kind,
  class.position as class_position, class.name as class, entropy.n_samples, entropy.entropy, entropy.entropy_per_interaction
from entropy join run using (run_id) join layer using (layer_id) join class using (class_id)
where entropy.grouping = 'true';

-- The paper's divergence matrix: off the diagonal KL(row ‖ column), on it the class's own entropy.
create view kl_matrix as
select divergence.from_run_id as run_id, run.name as run, layer.position as layer_position, layer.name as layer, divergence.kind,
  a.position as from_position, a.name as from_class, b.position as to_position, b.name as to_class,
  'divergence' as measure, divergence.kl as value, divergence.kl_per_interaction as per_interaction
from divergence
join run on run.run_id = divergence.from_run_id
join layer using (layer_id)
join class as a on a.class_id = divergence.from_class_id
join class as b on b.class_id = divergence.to_class_id
where divergence.from_run_id = divergence.to_run_id and divergence.grouping = 'true' and a.class_id <> b.class_id
union all
select entropy.run_id, run.name, layer.position, layer.name, entropy.kind, class.position, class.name, class.position, class.name,
  'entropy', entropy.entropy, entropy.entropy_per_interaction
from entropy
join run using (run_id)
join layer using (layer_id)
join class using (class_id)
where entropy.grouping = 'true';

-- KL between the same or different classes of two runs of one model; the diagonal is a divergence, too.
create view run_divergence as
select divergence.from_run_id, p.name as from_run, divergence.to_run_id, q.name as to_run,
  layer.position as layer_position, layer.name as layer, divergence.kind,
  a.position as from_position, a.name as from_class, b.position as to_position, b.name as to_class, a.key = b.key as same_class,
  divergence.kl, divergence.kl_per_interaction
from divergence
join run as p on p.run_id = divergence.from_run_id
join run as q on q.run_id = divergence.to_run_id
join layer using (layer_id)
join class as a on a.class_id = divergence.from_class_id
join class as b on b.class_id = divergence.to_class_id
where divergence.from_run_id <> divergence.to_run_id and divergence.grouping = 'true';

-- Separation: mean off-diagonal KL per interaction; the floor is the same with the labels permuted.
create view separation as
with pair as (
  select from_run_id as run_id, layer_id, kind,
    avg(kl_per_interaction) filter (where grouping = 'true') as separation,
    avg(kl_per_interaction) filter (where grouping = 'permuted') as floor
  from divergence
  where from_run_id = to_run_id and from_class_id <> to_class_id
  group by from_run_id, layer_id, kind),
disorder as (
  select run_id, layer_id, kind, avg(entropy_per_interaction) as mean_entropy
  from entropy where grouping = 'true'
  group by run_id, layer_id, kind)
select pair.run_id, run.name as run, layer.position as layer_position, layer.name as layer, pair.kind,
  pair.separation, pair.floor as separation_permuted, disorder.mean_entropy,
  pair.separation / nullif(disorder.mean_entropy, 0) as relative_separation
from pair
join disorder using (run_id, layer_id, kind)
join run using (run_id)
join layer using (layer_id);

create view class_rank as
select rank.run_id, run.name as run, layer.name as layer, class.position as class_position, class.name as class,
  rank.rule, rank.rank, rank.n_samples, rank.dimension, rank.sigma_max, rank.tolerance, rank.limited_by_samples,
  rank.participation_ratio, rank.participation_ratio_centred
from rank join run using (run_id) join layer using (layer_id) join class using (class_id);

create view class_entanglement as
select entanglement.run_id, run.name as run, layer.name as layer, a.position as a_position, a.name as a_class,
  b.position as b_position, b.name as b_class, entanglement.rule, entanglement.entanglement,
  entanglement.rank_a, entanglement.rank_b, entanglement.rank_union, entanglement.n_samples_a, entanglement.n_samples_b,
  entanglement.dimension, entanglement.sigma_max, entanglement.tolerance, entanglement.limited_by_samples,
  entanglement.mean_squared_cosine
from entanglement
join run using (run_id)
join layer using (layer_id)
join class as a on a.class_id = entanglement.a_class_id
join class as b on b.class_id = entanglement.b_class_id;
