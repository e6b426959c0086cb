-- Question: Which labels of your own does the warehouse hold, and of how many samples?
-- Notes: engram-ingest label attaches them; n_unlabelled counts the samples of the data set that have none.
-- Keywords: annotations, metadata, tags
-- Place: 342
-- Columns: data, labels, n_values, n_samples, n_unlabelled, source

select dataset.name as data, labelling.name as labels,
  (select count(*) from class where class.labelling_id = labelling.labelling_id) as n_values,
  (select count(*) from sample_label where sample_label.labelling_id = labelling.labelling_id) as n_samples,
  (select count(*) from sample where sample.dataset_id = labelling.dataset_id)
    - (select count(*) from sample_label where sample_label.labelling_id = labelling.labelling_id) as n_unlabelled,
  labelling.source
from labelling join dataset using (dataset_id)
order by dataset.dataset_id, labelling.name;
