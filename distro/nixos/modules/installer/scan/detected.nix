# For machines whose hardware is described otherwise.
{ }
