-- Question: how far apart are the classes of a run in one layer?
select 1;
