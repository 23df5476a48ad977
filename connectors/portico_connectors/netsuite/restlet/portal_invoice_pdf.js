/**
 * The paper of one invoice, as this NetSuite account prints it, for Portico's customer portals.
 *
 * GET with id=<internal id of an invoice>  ->  {"name": "INV1001.pdf", "base64": "JVBERi0..."}
 * GET without id                           ->  {"portico": 1}, which Portico's connection test asks for
 *
 * Anything but an existing invoice is refused with the code PORTICO_NOT_AN_INVOICE (HTTP 400). The script reads and
 * prints, nothing else; what it may read is decided by the role that signs in. Deployment: see README.md beside it.
 *
 * @NApiVersion 2.1
 * @NScriptType Restlet
 * @NModuleScope Public
 */
define(['N/error', 'N/render', 'N/search'], (error, render, search) => {
  const CONTRACT_VERSION = 1;

  const refuse = () =>
    error.create({
      name: 'PORTICO_NOT_AN_INVOICE',
      message: 'There is no invoice with this internal id.',
      notifyOff: true,
    });

  // Parameters of a RESTlet arrive as text, and render.transaction prints any kind of transaction: so the id is
  // looked up among the invoices first.
  const invoiceNumber = (id) => {
    if (!/^[0-9]{1,15}$/.test(id)) {
      throw refuse();
    }
    const found = search
      .create({
        type: search.Type.INVOICE,
        filters: [['internalid', 'anyof', id], 'and', ['mainline', 'is', 'T']],
        columns: ['tranid'],
      })
      .run()
      .getRange({ start: 0, end: 1 });
    if (found.length === 0) {
      throw refuse();
    }
    return found[0].getValue({ name: 'tranid' }) || id;
  };

  const get = (parameters) => {
    if (!parameters.id) {
      return { portico: CONTRACT_VERSION };
    }
    const number = invoiceNumber(String(parameters.id));
    const paper = render.transaction({
      entityId: Number(parameters.id),
      printMode: render.PrintMode.PDF,
    });
    return { name: `${number}.pdf`, base64: paper.getContents() };
  };

  return { get };
});
