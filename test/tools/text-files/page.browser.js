document.title = 'changed';
