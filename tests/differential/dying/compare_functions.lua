return print < error
