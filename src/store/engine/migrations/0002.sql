-- The note of a withdrawn article, which may be empty; NULL while it is published. Its content stays for its return.
ALTER TABLE article ADD COLUMN notice TEXT;
