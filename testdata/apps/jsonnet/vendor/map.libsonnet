error 'lib comes first'
