-- Views: the warehouse with names in place of ids, for the plain sqlite3 shell and every other client: no function of
-- Engram's, and SQL that DuckDB reads as well (no generated column, no iif, grouped columns named, no subquery in what an
-- outer join is on), with the type of
-- whatever is computed said by a cast. They are dropped and made anew whenever a warehouse is opened for writing by
-- another version.

create view runs as
select run.run_id, run.name as run, model.name as model, model.architecture, model.state, dataset.name as dataset,
  run.perturbation, run.preprocessing, run.n_samples,
  cast((select count(*) from prediction where prediction.run_id = run.run_id) as bigint) as n_ingested,
  cast((select avg(correct) from prediction where prediction.run_id = run.run_id) as double) as accuracy,
  cast((select avg(loss) from prediction where prediction.run_id = run.run_id) as double) as mean_loss,
  cast((select count(*) from prediction join sample using (sample_id)
    where prediction.run_id = run.run_id and prediction.correct is null and sample.class_id is not null) as bigint)
    as n_foreign,
  cast((select count(*) from prediction join sample using (sample_id)
    where prediction.run_id = run.run_id and sample.class_id is null) as bigint) as n_unlabelled,
  cast(case when run.bitsets = 'derived' and run.activations = 'omitted' then 'omitted' else run.bitsets end as text)
    as bitsets,
  run.engram_version, run.cpu_level, run.started_at, run.completed_at, run.activations
from run join model using (model_id) join dataset using (dataset_id);

-- What a network says, by position; class_list tells where the names are from, null: known by position alone.
create view outputs as
select model.model_id, model.name as model, class.position, class.key, class.name as output, model.class_list,
  class.class_id as output_id
from model join class on class.model_id = model.model_id;

-- The classes of each run's data set, with the output of its network that says them: null where none does.
create view classes as
select run.run_id, run.name as run, class.position as class_position, class.key, class.name as class,
  named.position as output_position, named.name as output, class.class_id, named.output_id
from run
join class on class.dataset_id = run.dataset_id
left join (
  select class_output.class_id, output.model_id, output.position, output.name, output.class_id as output_id
  from class_output join class as output on output.class_id = class_output.output_id) as named
  on named.class_id = class.class_id and named.model_id = run.model_id;

-- The runs in the order in which one is taken where none is named, and why: complete clean ones of trained networks, then
-- complete clean ones, complete ones, the others; of equals the newest first. Clean is neither attacked nor shifted.
create view default_runs as
select run_id, run, cast(row_number() over (order by grade, run_id desc) as bigint) as place,
  cast(case grade when 0 then 'the newest complete clean run of a trained network'
    when 1 then 'the newest complete clean run, for no trained network has one'
    when 2 then 'the newest complete run, for none is clean'
    else 'the newest run, for none is complete' end as text) as choice
from (
  select run.run_id, run.name as run,
    case when run.completed_at is null then 3 when run.perturbation <> 'none' then 2
      when model.state = 'untrained' then 1 else 0 end as grade
  from run join model using (model_id)) as graded;

-- The run that saved queries and the report take.
create view default_run as
select run_id, run, choice from default_runs where place = 1;

-- Whatever was done to its images.
create view newest_run as
select run_id, name as run from run order by completed_at is null, run_id desc limit 1;

create view layers as
select run.run_id, run.name as run, layer.layer_id, layer.position, layer.name as layer, layer.n_in, layer.n_out,
  layer.has_bias, cast(layer.n_out * (layer.n_in + layer.has_bias) as bigint) as n_interactions
from run join run_layer using (run_id) join layer using (layer_id);

-- class is null where the sample has no label, predicted_position where the data set has no such class, correct and loss
-- where the sample's class is no output: there is no right answer then.
create view predictions as
select prediction.run_id, run.name as run, sample.key as sample, truth.position as class_position, truth.name as class,
  cast(case when guess.model_id is null then guess.position end as bigint) as predicted_position, guess.name as predicted,
  prediction.correct, prediction.confidence, prediction.loss, sample.position, prediction.sample_id,
  cast(coalesce(named.position, guess.position) as bigint) as output_position, prediction.class_id as predicted_class_id
from prediction
join run using (run_id)
join sample using (sample_id)
left join class as truth on truth.class_id = sample.class_id
join class as guess on guess.class_id = prediction.class_id
left join (
  select class_output.class_id, output.model_id, output.position, output.name, output.class_id as output_id
  from class_output join class as output on output.class_id = class_output.output_id) as named
  on named.class_id = prediction.class_id and named.model_id = run.model_id;

-- n_correct and accuracy are null for a class that is no output of the network.
create view class_accuracy as
select prediction.run_id, run.name as run, class.position as class_position, class.name as class,
  cast(count(*) as bigint) as n_samples, cast(sum(prediction.correct) as bigint) as n_correct,
  cast(avg(prediction.correct) as double) as accuracy, cast(avg(prediction.confidence) as double) as mean_confidence,
  cast(avg(prediction.loss) as double) as mean_loss
from prediction
join run using (run_id)
join sample using (sample_id)
join class on class.class_id = sample.class_id
group by prediction.run_id, class.class_id, run.name, class.position, class.name;

-- The labels of the user's own, a row for each that a sample has.
create view labels as
select labelling.dataset_id, dataset.name as dataset, labelling.name as grouping, sample.position, sample.key as sample,
  class.position as label_position, class.name as label, sample_label.sample_id, sample_label.class_id,
  labelling.labelling_id
from sample_label
join labelling using (labelling_id)
join dataset using (dataset_id)
join sample on sample.sample_id = sample_label.sample_id
join class on class.class_id = sample_label.class_id;

-- How a run does on the samples of each of these labels; class_accuracy says it of the classes.
create view slices as
select prediction.run_id, run.name as run, labelling.name as grouping, class.position as label_position,
  class.name as label, cast(count(*) as bigint) as n_samples, cast(sum(prediction.correct) as bigint) as n_correct,
  cast(avg(prediction.correct) as double) as accuracy, cast(avg(prediction.confidence) as double) as mean_confidence,
  cast(avg(prediction.loss) as double) as mean_loss
from prediction
join run using (run_id)
join sample_label using (sample_id)
join labelling on labelling.labelling_id = sample_label.labelling_id
join class on class.class_id = sample_label.class_id
group by prediction.run_id, labelling.labelling_id, class.class_id, run.name, labelling.name, class.position, class.name;

create view sample_density as
select significance.run_id, run.name as run, layer.name as layer, sample.key as sample, class.name as class,
  significance.n_significant,
  cast(cast(significance.n_significant as double) / (layer.n_out * (layer.n_in + layer.has_bias)) as double) as density,
  significance.sample_id, significance.layer_id
from significance
join run using (run_id)
join layer using (layer_id)
join sample using (sample_id)
left join class on class.class_id = sample.class_id;

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
  cast(bin.key as bigint) as bin, cast(cast(bin.key as double) / 20 as double) as low,
  cast((cast(bin.key as double) + 1) / 20 as double) as high, cast(bin.value as double) as share
from sparsity
join run using (run_id)
join layer using (layer_id)
left join class using (class_id)
cross join json_each(sparsity.histogram) as bin;

create view class_entropy as
select entropy.run_id, run.name as run, layer.position as layer_position, layer.name as layer, entropy.kind,
  class.position as class_position, class.name as class, entropy.n_samples, entropy.entropy, entropy.entropy_per_interaction
from entropy join run using (run_id) join layer using (layer_id) join class using (class_id)
where entropy.grouping = 'true';

-- The same under every labelling that was measured.
create view entropy_by_grouping as
select entropy.run_id, run.name as run, layer.position as layer_position, layer.name as layer, entropy.kind,
  entropy.grouping, class.position as class_position, class.name as class, entropy.n_samples, entropy.entropy,
  entropy.entropy_per_interaction
from entropy join run using (run_id) join layer using (layer_id) join class using (class_id);

-- The paper's divergence matrix: off the diagonal KL(row ‖ column), on it the class's own entropy. One lookup per
-- cell instead of a union, so that asking for one run and layer reads no other.
create view kl_matrix as
with kind (kind) as (values ('interaction'), ('neuron'), ('activation'))
select run.run_id, run.name as run, layer.position as layer_position, layer.name as layer, cast(kind.kind as text) as kind,
  a.position as from_position, a.name as from_class, b.position as to_position, b.name as to_class,
  cast(case when a.class_id = b.class_id then 'entropy' else 'divergence' end as text) as measure,
  cast(case when a.class_id = b.class_id then entropy.entropy else divergence.kl end as double) as value,
  cast(case when a.class_id = b.class_id then entropy.entropy_per_interaction else divergence.kl_per_interaction end
    as double) as per_interaction
from run
join run_layer using (run_id)
join layer using (layer_id)
cross join kind
join class as a on a.dataset_id = run.dataset_id
join class as b on b.dataset_id = run.dataset_id
left join divergence on divergence.layer_id = layer.layer_id and divergence.kind = kind.kind
  and divergence.grouping = 'true' and divergence.from_run_id = run.run_id and divergence.to_run_id = run.run_id
  and divergence.from_class_id = a.class_id and divergence.to_class_id = b.class_id
left join entropy on entropy.run_id = run.run_id and entropy.layer_id = layer.layer_id and entropy.kind = kind.kind
  and entropy.grouping = 'true' and entropy.class_id = a.class_id and a.class_id = b.class_id
where case when a.class_id = b.class_id then entropy.entropy else divergence.kl end is not null;

-- KL between the same or different classes of two runs of one model; the diagonal is a divergence, too.
create view run_divergence as
select divergence.from_run_id, p.name as from_run, divergence.to_run_id, q.name as to_run,
  layer.position as layer_position, layer.name as layer, divergence.kind,
  a.position as from_position, a.name as from_class, b.position as to_position, b.name as to_class,
  cast(a.key = b.key as bigint) as same_class,
  divergence.layer_id, divergence.from_class_id, divergence.to_class_id, divergence.kl, divergence.kl_per_interaction
from divergence
join run as p on p.run_id = divergence.from_run_id
join run as q on q.run_id = divergence.to_run_id
join layer using (layer_id)
join class as a on a.class_id = divergence.from_class_id
join class as b on b.class_id = divergence.to_class_id
where divergence.from_run_id <> divergence.to_run_id and divergence.grouping = 'true';

-- The same under every labelling that was measured.
create view kl_by_grouping as
with kind (kind) as (values ('interaction'), ('neuron'), ('activation'))
select run.run_id, run.name as run, layer.position as layer_position, layer.name as layer, cast(kind.kind as text) as kind,
  cast(a.grouping as text) as grouping, a.position as from_position, a.name as from_class, b.position as to_position,
  b.name as to_class,
  cast(case when a.class_id = b.class_id then 'entropy' else 'divergence' end as text) as measure,
  cast(case when a.class_id = b.class_id then a.entropy else divergence.kl end as double) as value,
  cast(case when a.class_id = b.class_id then a.entropy_per_interaction else divergence.kl_per_interaction end
    as double) as per_interaction
from run
join run_layer using (run_id)
join layer using (layer_id)
cross join kind
join (
  select entropy.run_id, entropy.layer_id, entropy.kind, entropy.grouping, entropy.class_id, class.position, class.name,
    entropy.entropy, entropy.entropy_per_interaction
  from entropy join class using (class_id)) as a
  on a.run_id = run.run_id and a.layer_id = layer.layer_id and a.kind = kind.kind
join (
  select entropy.run_id, entropy.layer_id, entropy.kind, entropy.grouping, entropy.class_id, class.position, class.name
  from entropy join class using (class_id)) as b
  on b.run_id = run.run_id and b.layer_id = layer.layer_id and b.kind = kind.kind and b.grouping = a.grouping
left join divergence on divergence.layer_id = layer.layer_id and divergence.kind = kind.kind
  and divergence.grouping = a.grouping and divergence.from_run_id = run.run_id and divergence.to_run_id = run.run_id
  and divergence.from_class_id = a.class_id and divergence.to_class_id = b.class_id;

-- Separation: mean off-diagonal KL per interaction; the floor is the same with the labels permuted. Each mean is
-- a subquery of its own, so that asking for one run reads that run's rows alone.
create view separation as
with measured as (
  select run.run_id, run.name as run, layer.layer_id, layer.position as layer_position, layer.name as layer, kind.kind,
    (select avg(kl_per_interaction) from divergence as d
      where d.layer_id = layer.layer_id and d.kind = kind.kind and d.grouping = 'true'
        and d.from_run_id = run.run_id and d.to_run_id = run.run_id and d.from_class_id <> d.to_class_id) as separation,
    (select avg(kl_per_interaction) from divergence as d
      where d.layer_id = layer.layer_id and d.kind = kind.kind and d.grouping = 'permuted'
        and d.from_run_id = run.run_id and d.to_run_id = run.run_id and d.from_class_id <> d.to_class_id)
      as separation_permuted,
    (select avg(entropy_per_interaction) from entropy as e
      where e.run_id = run.run_id and e.layer_id = layer.layer_id and e.kind = kind.kind and e.grouping = 'true')
      as mean_entropy
  from run join run_layer using (run_id) join layer using (layer_id)
  cross join (select 'interaction' as kind union all select 'neuron' union all select 'activation') as kind)
select run_id, run, layer_position, layer, cast(kind as text) as kind, cast(separation as double) as separation,
  cast(separation_permuted as double) as separation_permuted, cast(mean_entropy as double) as mean_entropy,
  cast(case when kind <> 'activation' then separation / nullif(mean_entropy, 0) end as double) as relative_separation
from measured
where separation is not null;

-- The same under every labelling that was measured, a row each; one class alone is separated from none.
create view separation_by_grouping as
with kind (kind) as (values ('interaction'), ('neuron'), ('activation')),
label (dataset_id, grouping) as (
  values (null, 'true'), (null, 'permuted'), (null, 'predicted'), (null, 'assigned')
  union all select dataset_id, name from labelling
  union all select dataset_id, 'permuted ' || name from labelling),
measured as (
  select run.run_id, run.name as run, layer.position as layer_position, layer.name as layer, kind.kind, label.grouping,
    (select count(class_id) from entropy as e
      where e.run_id = run.run_id and e.layer_id = layer.layer_id and e.kind = kind.kind
        and e.grouping = label.grouping) as n_classes,
    (select avg(kl_per_interaction) from divergence as d
      where d.layer_id = layer.layer_id and d.kind = kind.kind and d.grouping = label.grouping
        and d.from_run_id = run.run_id and d.to_run_id = run.run_id and d.from_class_id <> d.to_class_id) as separation,
    (select avg(entropy_per_interaction) from entropy as e
      where e.run_id = run.run_id and e.layer_id = layer.layer_id and e.kind = kind.kind
        and e.grouping = label.grouping) as mean_entropy
  from run join run_layer using (run_id) join layer using (layer_id) cross join kind
  join label on label.dataset_id is null or label.dataset_id = run.dataset_id)
select run_id, run, layer_position, layer, cast(kind as text) as kind, cast(grouping as text) as grouping,
  cast(n_classes as bigint) as n_classes, cast(separation as double) as separation,
  cast(mean_entropy as double) as mean_entropy,
  cast(case when kind <> 'activation' then separation / nullif(mean_entropy, 0) end as double) as relative_separation
from measured
where n_classes > 0;

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

-- What a run's measures per unit of a kind are divided by: its layers' interactions, or neurons. Neurons that are the same
-- in every sample are none of the kind activation.
create view unit_counts as
select run.run_id, run.name as run, layer.layer_id, layer.position as layer_position, layer.name as layer,
  cast(kind.kind as text) as kind,
  cast(case kind.kind when 'interaction' then layer.n_out * (layer.n_in + layer.has_bias) when 'neuron' then layer.n_out
    else layer.n_out - coalesce((select max(left_out) from entropy
      where entropy.run_id = run.run_id and entropy.layer_id = layer.layer_id and entropy.kind = kind.kind), 0) end
    as bigint) as n_units
from run join run_layer using (run_id) join layer using (layer_id)
cross join (select 'interaction' as kind union all select 'neuron' union all select 'activation') as kind;

-- How well samples fit the profiles of the classes, learned from their own run or from another one: ln L(S | c) in nats
-- under the true class, the predicted one, the best of the others, and the class that fits best.
create view likelihoods as
select likelihood.run_id, run.name as run, likelihood.profile_run_id, profile_run.name as profile_run,
  layer.position as layer_position, layer.name as layer, likelihood.kind,
  sample.key as sample, truth.position as class_position, truth.name as class, guess.name as predicted,
  prediction.correct, prediction.confidence, fit.name as fits,
  likelihood.own as log_likelihood, likelihood.predicted as log_likelihood_predicted,
  likelihood.other as log_likelihood_other, likelihood.fit as log_likelihood_fit,
  cast(likelihood.own / (select n_units from unit_counts as unit where unit.run_id = likelihood.profile_run_id
    and unit.layer_id = likelihood.layer_id and unit.kind = likelihood.kind) as double) as per_interaction,
  cast(fit.key = truth.key as bigint) as fits_own_class, likelihood.is_left_out, sample.position, likelihood.sample_id,
  likelihood.layer_id
from likelihood
join run using (run_id)
join run as profile_run on profile_run.run_id = likelihood.profile_run_id
join layer using (layer_id)
join sample using (sample_id)
left join class as truth on truth.class_id = sample.class_id
join class as fit on fit.class_id = likelihood.fit_class_id
join prediction on prediction.run_id = likelihood.run_id and prediction.sample_id = likelihood.sample_id
join class as guess on guess.class_id = prediction.class_id
where likelihood.grouping = 'true';

-- One row per sample, detector and layer, every score so that a larger one looks more like the reference run's samples.
create view detector_scores as
select score.run_id, run.name as run, reference_run.name as reference_run,
  layer.position as layer_position, layer.name as layer, detector.name as detector,
  sample.key as sample, class.name as class, prediction.correct, score.score
from score
join run using (run_id)
join run as reference_run on reference_run.run_id = score.reference_run_id
join layer using (layer_id)
join detector using (detector_id)
join sample using (sample_id)
left join class on class.class_id = sample.class_id
join prediction on prediction.run_id = score.run_id and prediction.sample_id = score.sample_id
where score.score is not null;

-- A measure over resampled samples, one row per replicate: its standard deviation over the replicates is the standard
-- error of the measure. Replicates of two runs over the same samples with one seed are paired.
create view replicates as
select replicate.run_id, run.name as run, layer.position as layer_position, layer.name as layer, replicate.kind,
  replicate.measure, replicate.rule, class.position as class_position, class.name as class,
  replicate.replicate, replicate.value, replicate.method, replicate.seed, replicate.n_replicates, replicate.n_blocks
from replicate
join run using (run_id)
join layer using (layer_id)
left join class using (class_id);

-- What samples look like, as files of an image format. run is null for a data set's own picture, which all runs over it share;
-- an attacked or shifted run has one more of each sample.
create view thumbnails as
select picture.run_id, run.name as run, dataset.name as dataset, sample.key as sample, class.name as class,
  picture.mime_type, picture.width, picture.height, picture.image, sample.position, picture.sample_id
from (
  select sample_id, cast(null as bigint) as run_id, mime_type, width, height, image from thumbnail
  union all
  select sample_id, run_id, mime_type, width, height, image from run_thumbnail) as picture
join sample on sample.sample_id = picture.sample_id
join dataset on dataset.dataset_id = sample.dataset_id
left join class on class.class_id = sample.class_id
left join run on run.run_id = picture.run_id;

-- Where samples stand in a map of a run; layer is null for a map of pixels.
create view embeddings as
select embedding.run_id, run.name as run, layer.position as layer_position, layer.name as layer, embedding.method,
  sample.key as sample, truth.position as class_position, truth.name as class, guess.name as predicted,
  prediction.correct, prediction.confidence, embedding.x, embedding.y, sample.position, embedding.sample_id,
  embedding.layer_id
from embedding
join run using (run_id)
join sample on sample.sample_id = embedding.sample_id
join prediction on prediction.run_id = embedding.run_id and prediction.sample_id = embedding.sample_id
join class as guess on guess.class_id = prediction.class_id
left join class as truth on truth.class_id = sample.class_id
left join layer on layer.layer_id = embedding.layer_id;
