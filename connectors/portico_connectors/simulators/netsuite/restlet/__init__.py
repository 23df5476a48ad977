"""The RESTlet that an account deploys for Portico: the PDF of an invoice."""
