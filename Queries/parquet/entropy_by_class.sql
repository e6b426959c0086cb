-- Question: How disordered is each class in each layer, in nats?
-- Notes: of interactions and neurons; the kind activation stays in the warehouse.
-- Columns: run, layer, kind, grouping, class, n_samples, entropy, entropy_per_interaction

select run, layer, kind, grouping, class_name as class, n_samples, entropy, entropy_per_interaction
from entropy
order by run, layer_position, kind, grouping, class_position;
